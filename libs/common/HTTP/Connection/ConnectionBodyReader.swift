import Loop

/// Reads one request's body from a connection of HTTP/1.1, as its framing says, within its limits.
final class ConnectionBodyReader: BodyReader {
    private enum Framing {
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
        case finished
    }

    /// How long a client may take over a body that nobody wants.
    private static let drainTime = Nanoseconds(.seconds(5))

    private var framing: Framing
    private var received = 0
    private var allowance: TransferAllowance
    private let connection: ServerConnection
    private var isDetached = false
    /// The latest wait for more. An upload that was passing the body on may still be in an earlier one when the request is
    /// answered and the rest is skipped.
    private var wait = 0
    /// Whether the client waits for `100 Continue` before it sends the body.
    private var owesContinue: Bool

    init(
        connection: ServerConnection, contentLength: Int?, maximumBytes: Int, owesContinue: Bool,
        allowance: TransferAllowance
    ) {
        self.connection = connection
        framing = contentLength.map { .length(remaining: $0) } ?? .chunked(ChunkedDecoder())
        self.owesContinue = owesContinue
        self.allowance = allowance
        super.init(declaredLength: contentLength, maximumBytes: maximumBytes)
    }

    var isFinished: Bool {
        if case .finished = framing { return true }
        if case .length(remaining: 0) = framing { return true }
        return false
    }

    /// Nothing of the body may have been sent yet.
    var isAwaitingContinue: Bool { owesContinue }

    /// The request was answered; the connection goes on without this reader.
    func detach() {
        isDetached = true
    }

    /// The next block of the body; nil at its end.
    override func next() async throws -> [UInt8]? {
        guard !isDetached else { throw BodyError.requestEnded }
        if isFinished { return nil }
        if owesContinue {
            owesContinue = false
            try await connection.sendContinue()
        }
        while true {
            if let block = try takeBuffered() {
                received += block.count
                guard received <= maximumBytes else { throw BodyError.tooLarge(limit: maximumBytes) }
                return block
            }
            if isFinished { return nil }
            try await receive()
            guard !isDetached else { throw BodyError.requestEnded }
        }
    }

    private func takeBuffered() throws(BodyError) -> [UInt8]? {
        switch framing {
        case .finished: return nil
        case .length(let remaining):
            guard let block = connection.takePending(upTo: remaining) else { return nil }
            framing = .length(remaining: remaining - block.count)
            return block
        case .chunked(var decoder):
            defer { if case .chunked = framing { framing = .chunked(decoder) } }
            do throws(ParseFailure) {
                let (block, isEnd) = try connection.takePending(decoding: &decoder)
                if isEnd { framing = .finished }
                return block
            } catch {
                connection.poison()
                throw .malformed(error.message)
            }
        }
    }

    private func receive() async throws(BodyError) {
        // Whole blocks of a long body go straight into the array that the consumer gets.
        var wanted = 64 * 1024
        if case .length(let remaining) = framing { wanted = min(wanted, remaining) }
        while true {
            switch connection.receive(upTo: wanted) {
            case .received(let count):
                allowance.moved(count)
                return
            case .wouldBlock: try await waitForMore()
            case .ended:
                connection.poison()
                throw .incomplete
            }
        }
    }

    private func waitForMore() async throws(BodyError) {
        let start = connection.channel.loop.now
        wait += 1
        let own = wait
        let wake = await connection.channel.waitUntilReadableOrCancelled(until: allowance.deadline(from: start))
        // What came meanwhile, and the connection itself, belong to somebody else.
        guard !isDetached, own == wait else { throw .requestEnded }
        allowance.waited(from: start, to: connection.channel.loop.now)
        switch wake {
        case .ready: return
        case .timedOut:
            connection.poison()
            throw .timedOut
        case .cancelled, .closed:
            connection.poison()
            throw .incomplete
        }
    }

    override var remainingLength: Int? {
        guard case .length(let remaining) = framing, connection.pendingCount == 0, connection.channel.canSplice else {
            return nil
        }
        return remaining
    }

    override func fill(_ pipe: Pipe) async throws -> Int {
        guard !isDetached else { throw BodyError.requestEnded }
        var held = 0
        while held < pipe.size, case .length(let remaining) = framing, remaining > 0 {
            let outcome = connection.channel.splice(
                into: pipe.input, upTo: Swift.min(remaining, pipe.size - held), pipeIsEmpty: held == 0)
            switch outcome {
            case .bytes(let count):
                held += count
                received += count
                framing = .length(remaining: remaining - count)
                allowance.moved(count)
            case .wouldBlock where held > 0: return held
            case .wouldBlock: try await waitForMore()
            case .end, .failed:
                connection.poison()
                throw BodyError.incomplete
            }
        }
        return held
    }

    /// Reads on to the body's end without keeping it, within `maximum` bytes. False when the connection must close.
    func drain(upTo maximum: Int) async -> Bool {
        if isFinished { return true }
        if owesContinue { return false }
        if case .length(let remaining) = framing, remaining > maximum { return false }
        narrow(to: received + maximum)
        allowance.shorten(to: Self.drainTime)
        do {
            while try await next() != nil {}
            return true
        } catch {
            return false
        }
    }
}
