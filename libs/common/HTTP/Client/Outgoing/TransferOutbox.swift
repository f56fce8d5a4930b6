/// The body of an outgoing request on its way into libcurl. Pure: says when there is nothing to send yet and when its
/// source may go on.
struct TransferOutbox {
    enum Sent: Equatable {
        /// `isSourceFree`: the block is used up and the source may yield the next one.
        case bytes(Int, isSourceFree: Bool)
        /// The source has not yielded yet.
        case pause
        case end
    }

    private var block: [UInt8]
    private var offset = 0
    private let isStream: Bool
    private var isEnded: Bool
    /// Bytes that libcurl has taken.
    private(set) var sent = 0
    private var hasYielded = false
    private(set) var isPaused = false

    init(_ body: ClientBody) {
        switch body.source {
        case .empty: (block, isStream, isEnded) = ([], false, true)
        case .bytes(let bytes): (block, isStream, isEnded) = (bytes, false, true)
        case .stream: (block, isStream, isEnded) = ([], true, false)
        }
    }

    /// The source's block was taken whole.
    var isUsedUp: Bool { offset == block.count }

    /// Fills `buffer` with what is next.
    mutating func send(into buffer: UnsafeMutableRawBufferPointer) -> Sent {
        let left = block.count - offset
        guard left > 0 else {
            if isEnded { return .end }
            isPaused = true
            return .pause
        }
        let count = min(left, buffer.count)
        block.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
        offset += count
        sent += count
        return .bytes(count, isSourceFree: isStream && offset == block.count)
    }

    /// The source's next block, after the one before was used up. True when libcurl was waiting for it.
    mutating func yield(_ next: [UInt8]) -> Bool {
        (block, offset, hasYielded) = (next, 0, true)
        defer { isPaused = false }
        return isPaused
    }

    /// The source has ended. True when libcurl was waiting.
    mutating func end() -> Bool {
        isEnded = true
        defer { isPaused = false }
        return isPaused
    }

    /// Goes back, because libcurl must send the body again on another connection. False when that cannot be done.
    mutating func rewind(to position: Int) -> Bool {
        if isStream { return position == 0 && !hasYielded }
        guard position >= 0, position <= block.count else { return false }
        offset = position
        sent = position
        return true
    }
}
