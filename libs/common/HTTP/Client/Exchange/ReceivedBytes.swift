/// What came from a socket and was not used yet.
struct ReceivedBytes {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { start == bytes.count }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        compact()
        bytes.append(contentsOf: more.bindMemory(to: UInt8.self))
    }

    /// Takes over a block without copying it when nothing is left of the ones before.
    mutating func append(block: [UInt8]) {
        if isEmpty {
            bytes = block
            start = 0
        } else {
            compact()
            bytes.append(contentsOf: block)
        }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    mutating func drop(_ count: Int) {
        start += count
        if isEmpty { removeAll() }
    }

    /// The first `maximum` bytes, or as many as there are; nil for none.
    mutating func take(upTo maximum: Int) -> [UInt8]? {
        guard !isEmpty, maximum > 0 else { return nil }
        if start == 0, bytes.count <= maximum {
            defer { removeAll() }
            return bytes
        }
        let taken = Array(bytes[start..<start + min(count, maximum)])
        drop(taken.count)
        return taken
    }

    mutating func removeAll() {
        bytes = []
        start = 0
    }

    private mutating func compact() {
        guard start > 0 else { return }
        bytes.removeFirst(start)
        start = 0
    }
}
