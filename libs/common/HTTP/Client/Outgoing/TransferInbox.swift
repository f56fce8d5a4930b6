/// The part of an answer's body that has come and was not taken yet. Pure: says when the sender must be slowed.
struct TransferInbox {
    enum Arrival: Equatable { case taken, pause, tooLarge }

    enum Next {
        /// `mustResume`: the sender was slowed and may go on now.
        case block([UInt8], mustResume: Bool)
        case wait
        case end
        case failed(ClientError)
    }

    private enum End { case open, complete, failed(ClientError) }

    private let maximumBuffered: Int
    private let maximumBody: Int
    private var buffer: [UInt8] = []
    private var received = 0
    private var end = End.open
    private(set) var isPaused = false

    init(maximumBuffered: Int, maximumBody: Int) {
        self.maximumBuffered = maximumBuffered
        self.maximumBody = maximumBody
    }

    /// All of the body is here, and nothing went wrong.
    var isComplete: Bool {
        if case .complete = end { return true }
        return false
    }

    var isOpen: Bool {
        if case .open = end { return true }
        return false
    }

    /// Bytes that are paused come again when the sender goes on.
    mutating func arrived(_ bytes: UnsafeRawBufferPointer) -> Arrival {
        guard bytes.count <= maximumBody - received else { return .tooLarge }
        guard buffer.isEmpty || buffer.count + bytes.count <= maximumBuffered else {
            isPaused = true
            return .pause
        }
        received += bytes.count
        buffer.append(contentsOf: bytes.bindMemory(to: UInt8.self))
        return .taken
    }

    /// The transfer ended; what has come can still be taken unless it failed.
    mutating func finish(_ error: ClientError?) {
        guard isOpen else { return }
        end = error.map { .failed($0) } ?? .complete
        isPaused = false
    }

    mutating func next() -> Next {
        if !buffer.isEmpty {
            let block = buffer
            buffer = []
            defer { isPaused = false }
            return .block(block, mustResume: isPaused)
        }
        switch end {
        case .open: return .wait
        case .complete: return .end
        case .failed(let error): return .failed(error)
        }
    }
}
