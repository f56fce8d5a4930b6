import Glibc

/// Cuts a stream of bytes into lines. Holds one block and at most `maximumBytes` of a line that has not ended.
struct LineSplitter {
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    let maximumBytes: Int
    let splitsAtReturn: Bool
    private var block: [UInt8] = []
    private var start = 0
    private var line: [UInt8] = []
    private var isCut = false
    /// The line before ended with a carriage return; a newline that follows belongs to it.
    private var followsReturn = false

    init(maximumBytes: Int, splitsAtReturn: Bool = false) {
        self.maximumBytes = maximumBytes
        self.splitsAtReturn = splitsAtReturn
    }

    /// Only once `next` has answered nil, so that blocks do not pile up.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(start == block.count, "the block before is not used up")
        block.removeAll(keepingCapacity: true)
        block.append(contentsOf: bytes)
        start = 0
    }

    mutating func next() -> EngineLine? {
        if followsReturn, start < block.count {
            if block[start] == Self.newline { start += 1 }
            followsReturn = false
        }
        guard let end = endOfLine() else {
            take(upTo: block.count)
            return nil
        }
        take(upTo: end)
        followsReturn = block[end] == Self.carriageReturn
        start = end + 1
        if !isCut, block[end] == Self.newline, line.last == Self.carriageReturn { line.removeLast() }
        return makeLine(isTerminated: true)
    }

    /// The last line, if its end is missing.
    mutating func finish() -> EngineLine? {
        line.isEmpty && !isCut ? nil : makeLine(isTerminated: false)
    }

    /// What is held, as it came, for who wants bytes and not lines.
    mutating func takeBytes() -> [UInt8] {
        let bytes = line + block[start...]
        line = []
        start = block.count
        return bytes
    }

    private func endOfLine() -> Int? {
        block.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            guard let first = rest.baseAddress else { return nil }
            func offset(of byte: UInt8, within count: Int) -> Int? {
                memchr(first, Int32(byte), count).map { UnsafeRawPointer($0) - first }
            }
            let newline = offset(of: Self.newline, within: rest.count)
            guard splitsAtReturn else { return newline.map { start + $0 } }
            let end = offset(of: Self.carriageReturn, within: newline ?? rest.count) ?? newline
            return end.map { start + $0 }
        }
    }

    private mutating func take(upTo end: Int) {
        let room = maximumBytes - line.count
        if end - start > room { isCut = true }
        line.append(contentsOf: block[start..<min(end, start + room)])
        start = end
    }

    private mutating func makeLine(isTerminated: Bool) -> EngineLine {
        defer {
            line = []
            isCut = false
        }
        return EngineLine(line, isCut: isCut, isTerminated: isTerminated)
    }
}
