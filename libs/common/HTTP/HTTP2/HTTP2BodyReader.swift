import Loop

/// One request's body as it comes in frames. What has come waits here, within the stream's window, until it is asked for;
/// only then is the client given room for more.
final class HTTP2BodyReader: BodyReader {
    /// Until the stream is over, which lets go of this.
    private let stream: HTTP2Stream
    private let loop: EventLoop
    private var incoming: [UInt8] = []
    private var received = 0
    private var hasEnded = false
    private var failure: BodyError?
    private var isDetached = false
    private var owesContinue: Bool
    private var allowance: TransferAllowance
    private var waiting: UnsafeContinuation<Channel.Wake, Never>?
    /// When the present wait ends.
    private(set) var deadline = Deadline.distantFuture

    init(_ stream: HTTP2Stream, declaredLength: Int?, owesContinue: Bool, limits: ServerLimits, loop: EventLoop) {
        self.stream = stream
        self.loop = loop
        self.owesContinue = owesContinue
        allowance = TransferAllowance(
            base: limits.bodyTimeout, slowestBytesPerSecond: limits.slowestBytesPerSecond)
        super.init(declaredLength: declaredLength, maximumBytes: limits.bodyBytes)
    }

    // MARK: The connection's side

    /// False when nobody will ask for it.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isDetached else { return false }
        // It did not wait.
        owesContinue = false
        incoming.append(contentsOf: bytes)
        allowance.moved(bytes.count)
        wake(.ready)
        return true
    }

    func end() {
        hasEnded = true
        wake(.ready)
    }

    /// No more will come. Answers how much of what came was not taken.
    func fail() -> Int {
        if !hasEnded { failure = failure ?? .incomplete }
        wake(.closed)
        // What has come can still be read.
        return incoming.count
    }

    func timeOut() {
        failure = failure ?? .timedOut
        wake(.timedOut)
    }

    /// The request was answered. Answers how much of what came was not taken.
    func detach() -> Int {
        isDetached = true
        wake(.cancelled)
        defer { incoming = [] }
        return incoming.count
    }

    private func wake(_ wake: Channel.Wake) {
        deadline = .distantFuture
        waiting?.resume(returning: wake)
        waiting = nil
    }

    // MARK: The handler's side

    /// The whole body, when all of it has come before anybody asked.
    func takeWhole() -> [UInt8]? {
        guard hasEnded, failure == nil, incoming.count <= maximumBytes else { return nil }
        return takeIncoming()
    }

    private func takeIncoming() -> [UInt8] {
        let block = incoming
        incoming = []
        received += block.count
        stream.consumed(block.count)
        return block
    }

    override func next() async throws -> [UInt8]? {
        while true {
            guard !isDetached else { throw BodyError.requestEnded }
            if !incoming.isEmpty {
                let block = takeIncoming()
                guard received <= maximumBytes else { throw BodyError.tooLarge(limit: maximumBytes) }
                return block
            }
            if hasEnded { return nil }
            if let failure { throw failure }
            if owesContinue {
                owesContinue = false
                stream.sendContinue()
            }
            try await waitForMore()
        }
    }

    private func waitForMore() async throws(BodyError) {
        let start = loop.now
        deadline = allowance.deadline(from: start)
        stream.arm(deadline)
        let bound = LoopBound(self, on: loop)
        let wake = await withTaskCancellationHandler {
            if Task.isCancelled { return Channel.Wake.cancelled }
            return await withUnsafeContinuation { bound.value.waiting = $0 }
        } onCancel: {
            bound.loop.execute { bound.value.wake(.cancelled) }
        }
        deadline = .distantFuture
        allowance.waited(from: start, to: loop.now)
        if case .cancelled = wake { throw .incomplete }
    }
}
