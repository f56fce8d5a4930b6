import Loop
import Telemetry

/// One client's connection: reads a head, has it answered, sends the answer, and again until either side ends it.
///
/// The task that does this lives only while there is something to do; an idle connection is parked in epoll without
/// one. Belongs to its loop.
final class ServerConnection {
    private enum Activity { case idle, readingHead, serving }

    private enum HeadOutcome {
        case request
        case idle
        case ended
        case refused(ParseFailure)
    }

    /// How long a quiet connection keeps its task before it is parked.
    private static let parkAfter = Nanoseconds(.seconds(1))

    /// Requests that came in one piece and are answered in one turn of the loop; then others have their turn.
    private static let requestsPerTurn = 16

    /// How long, and how far, a peer is heard out before a connection is closed that it may be sending on.
    private static let lingerTime = Nanoseconds(.seconds(2))
    private static let lingerBytes = 64 << 20

    /// How long a draining server waits for the first request of a new connection.
    private static let firstRequestWait = Nanoseconds(.milliseconds(500))

    let channel: Channel
    let loop: EventLoop
    private let server: LoopServer
    private let peer: PeerAddress
    private let scratch: LoopScratch
    private var parser: RequestParser
    /// Received and not yet used: the start of a head, a body's next bytes, or pipelined requests.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// The memory of the last request's fields, used again when its handler kept nothing.
    private var headers = Headers()
    private var activity = Activity.idle
    /// What was received has not been looked at for a head.
    private var hasUnparsed = false
    private var turnShare = TurnShare(ServerConnection.requestsPerTurn)
    private var headDeadline = Deadline.distantFuture
    private var task: Task<Void, Never>?
    private var hasServed = false
    private var isTimedOut = false
    /// A response of which the socket took only a part at once.
    private var begunResponse: (rest: [UInt8], outcome: ResponseSender.Outcome)?
    /// What follows on this connection cannot be trusted or would take too long to read; it ends after the answer.
    private var isPoisoned = false
    /// Where the server's registry keeps this connection.
    var registryIndex = 0

    init(channel: Channel, peer: PeerAddress, server: LoopServer) {
        self.channel = channel
        self.peer = peer
        self.server = server
        loop = channel.loop
        scratch = LoopScratch.of(channel.loop)
        parser = RequestParser(limits: server.limits.head)
        channel.onWakeWhileParked = { [unowned self] wake in self.wake(wake) }
        channel.onHangUp = { [unowned self] in self.hangUp() }
    }

    // MARK: Life

    func start() {
        park()
    }

    private func park() {
        activity = .idle
        task = nil
        pending = []
        pendingStart = 0
        headers = Headers()
        parser = RequestParser(limits: server.limits.head)
        // A client that connects and says nothing gets as long as one that says a part.
        channel.park(until: loop.now + (hasServed ? server.timeouts.idle : server.timeouts.firstRequest))
    }

    private func wake(_ wake: Channel.Wake) {
        guard case .ready = wake else { return close() }
        let bound = LoopBound(self, on: loop)
        task = Task(executorPreference: loop) { await bound.value.run() }
    }

    private func hangUp() {
        if activity == .serving { task?.cancel() }
    }

    func close() {
        channel.close()
        server.remove(self)
    }

    /// Ends the connection and whatever its handler is doing.
    func abort() {
        task?.cancel()
        close()
    }

    /// Ends the connection unless a request is under way.
    func closeIfIdle() {
        guard activity == .idle else { return }
        // A client that has just connected is about to ask and is given a moment; one that has asked may be waiting in
        // the socket, where a busy loop has not looked yet.
        if hasServed, !channel.hasInput() { close() } else { channel.hurry(until: loop.now + Self.firstRequestWait) }
    }

    private func run() async {
        while true {
            var outcome = readHead()
            while outcome == nil {
                let lingers = activity == .idle
                guard !lingers || server.mayLinger() else {
                    outcome = .idle
                    break
                }
                let deadline = lingers ? loop.now + Self.parkAfter : headDeadline
                // Waited for here rather than in a function of its own: every return to an awaiting caller costs.
                let wake = await withUnsafeContinuation { channel.resumeWhenReadable($0, until: deadline) }
                if lingers { server.hasLingered() }
                outcome = resumeHead(wake)
            }
            switch outcome {
            case .request:
                var exchange = beginExchange()
                let route = server.router.route(for: &exchange.request)
                var response: Response
                do {
                    if exchange.isTooLarge { throw bodyTooLarge }
                    response = try await route.handler(exchange.request)
                } catch {
                    response = server.router.failure(error, exchange.request)
                }
                response.route = route.metrics
                var isKept = finishNow(&response, exchange)
                if isKept == nil { isKept = await finishLater(response, exchange) }
                guard isKept == true else { return await finish() }
            case .idle: return server.isClosingIdle ? close() : park()
            case .ended, nil: return close()
            case .refused(let failure):
                isPoisoned = true
                await refuse(failure)
                return await finish()
            }
        }
    }

    /// Closes; when the peer has sent more, or may be sending, reads on for a moment, since closing over unread bytes
    /// resets the connection and takes the answer with it.
    private func finish() async {
        guard !channel.isClosed, isPoisoned || pendingCount > 0 || channel.hasInput() else { return close() }
        channel.finishWriting()
        let deadline = loop.now + Self.lingerTime
        var budget = Self.lingerBytes
        lingering: while budget > 0 {
            switch channel.read(into: scratch.input) {
            case .bytes(let count): budget -= count
            case .end, .failed: break lingering
            case .wouldBlock:
                guard case .ready = await channel.waitUntilReadable(until: deadline) else { break lingering }
            }
        }
        close()
    }

    // MARK: Reading

    /// Reads what is there without waiting; nil when more must come.
    private func readHead() -> HeadOutcome? {
        do throws(ParseFailure) {
            if activity == .serving {
                activity = .idle
                parser.reset()
                if pendingStart < pending.count {
                    beginHead()
                    hasUnparsed = true
                }
            }
            if hasUnparsed {
                guard turnShare.left(in: loop.turn) > 0 else {
                    channel.sitOutReading()
                    return nil
                }
                turnShare.used(1)
                hasUnparsed = false
                if try parsePending() { return .request }
            }
            while true {
                switch channel.read(into: scratch.input) {
                case .bytes(let count):
                    if activity == .idle { beginHead() }
                    if try parseReceived(count) { return .request }
                case .end, .failed: return .ended
                case .wouldBlock:
                    return activity == .idle && server.isClosingIdle && hasServed ? .ended : nil
                }
            }
        } catch {
            return .refused(error)
        }
    }

    private func beginHead() {
        activity = .readingHead
        headDeadline = loop.now + server.timeouts.header
    }

    /// What a wait for a head has led to.
    private func resumeHead(_ wake: Channel.Wake) -> HeadOutcome? {
        switch wake {
        case .ready: return readHead()
        case .timedOut where activity == .idle: return .idle
        case .timedOut:
            return .refused(ParseFailure(.requestTimeout, "request_timeout", "the request's head took too long"))
        case .cancelled, .closed: return .ended
        }
    }

    /// The usual case parses in the loop's shared buffer; only an incomplete head is copied aside.
    private func parseReceived(_ count: Int) throws(ParseFailure) -> Bool {
        let received = UnsafeRawBufferPointer(rebasing: scratch.input[..<count])
        guard pending.isEmpty else {
            pending.removeFirst(pendingStart)
            pendingStart = 0
            pending.append(contentsOf: received)
            return try parsePending()
        }
        guard let length = try parser.parse(received) else {
            pending.append(contentsOf: received)
            return false
        }
        takeHead(received, length)
        if length < count { pending.append(contentsOf: received[length...]) }
        return true
    }

    private func parsePending() throws(ParseFailure) -> Bool {
        // Where it lies: moving the rest to the front for every request would cost more than parsing it.
        let parsed = pending.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in
                try parser.parse(UnsafeRawBufferPointer(rebasing: bytes[pendingStart...]))
            }
        }
        guard let length = try parsed.get() else { return false }
        pending.withUnsafeBytes { takeHead(UnsafeRawBufferPointer(rebasing: $0[pendingStart...]), length) }
        dropPending(length)
        return true
    }

    private func takeHead(_ bytes: UnsafeRawBufferPointer, _ length: Int) {
        headers.bytes.removeAll(keepingCapacity: true)
        headers.bytes.append(contentsOf: bytes.bindMemory(to: UInt8.self)[..<length])
        headers.fields.removeAll(keepingCapacity: true)
        parser.exchangeFields(&headers.fields)
    }

    private func dropPending(_ count: Int) {
        pendingStart += count
        if pendingStart == pending.count {
            pending = []
            pendingStart = 0
        }
    }

    // MARK: Serving

    /// One request and what is needed to answer it.
    private struct Exchange {
        var request: Request
        let framing: MessageFraming
        let reader: BodyReader?
        let started: Deadline
        /// The body is too large to begin with; nothing of it is read.
        let isTooLarge: Bool
    }

    private func beginExchange() -> Exchange {
        activity = .serving
        hasServed = true
        // One that left before its head was looked at is no more worth waiting for than one that leaves later.
        if channel.isPeerClosed { hangUp() }
        let framing = parser.framing
        let isTooLarge = framing.contentLength.map { $0 > server.limits.bodyBytes } ?? false
        if isTooLarge { isPoisoned = true }
        let (body, reader) = isTooLarge ? (.empty, nil) : makeBody(framing)
        let request = Request(
            method: parser.method, headers: headers, body: body, id: requestID(), trace: traceContext(), peer: peer,
            target: parser.target, isVersion11: parser.isVersion11)
        let started = Deadline.now
        if let timeout = server.timeouts.request {
            channel.watchBusy(until: started + timeout) { [unowned self] in self.timeOut() }
        }
        return Exchange(
            request: request, framing: framing, reader: reader, started: started, isTooLarge: isTooLarge)
    }

    private var bodyTooLarge: ParseFailure {
        ParseFailure(.contentTooLarge, "body_too_large", "a request's body may have \(server.limits.bodyBytes) bytes")
    }

    /// Sends the response when that needs no waiting; answers whether the connection goes on, nil when it must wait.
    private func finishNow(_ response: inout Response, _ exchange: borrowing Exchange) -> Bool? {
        if server.timeouts.request != nil { channel.endBusyWatch() }
        if isTimedOut, response.status.code >= 500 {
            let error = ServiceError(.serviceUnavailable, "request_timeout", "the request took too long")
            response = error.response(exchange.request.id)
        }
        if isTimedOut { response.closesConnection = true }
        guard exchange.reader == nil else { return nil }
        switch makeSender(response, exchange).sendNow(response) {
        case .done(let outcome):
            server.finished(exchange.request, outcome, started: exchange.started)
            return outcome.isComplete && !outcome.closes && !isPoisoned
        case .partly(let rest, let outcome):
            begunResponse = (rest, outcome)
            return nil
        case .declined: return nil
        }
    }

    private func finishLater(_ response: Response, _ exchange: Exchange) async -> Bool {
        let sender = makeSender(response, exchange)
        let outcome: ResponseSender.Outcome
        if let (rest, begun) = begunResponse {
            begunResponse = nil
            outcome = await sender.finish(rest, begun)
        } else {
            outcome = await sender.send(response)
        }
        server.finished(exchange.request, outcome, started: exchange.started)
        guard let reader = exchange.reader else { return outcome.isComplete && !outcome.closes && !isPoisoned }
        defer { reader.detach() }
        if !reader.isFinished, outcome.closes { isPoisoned = true }
        guard outcome.isComplete, !outcome.closes, !isPoisoned else { return false }
        return reader.isFinished ? true : await drain(reader)
    }

    /// Skips what the handler left of the body, so that the connection can be used again.
    private func drain(_ reader: BodyReader) async -> Bool {
        if await reader.drain(upTo: server.limits.drainedBodyBytes) { return true }
        isPoisoned = true
        return false
    }

    private func makeSender(_ response: borrowing Response, _ exchange: borrowing Exchange) -> ResponseSender {
        let framing = exchange.framing
        let keepsAlive = parser.isVersion11 ? !framing.saysClose : framing.saysKeepAlive && !framing.saysClose
        // A client that still waits for `100 Continue` may or may not send its body now; only closing is unambiguous.
        // And a body that was too large is not worth waiting for.
        if let reader = exchange.reader, !reader.isFinished,
            reader.isAwaitingContinue || response.status == .contentTooLarge
        {
            isPoisoned = true
        }
        return ResponseSender(
            connection: self, isHead: exchange.request.method == .head, isVersion11: parser.isVersion11,
            closes: !keepsAlive || response.closesConnection || isPoisoned || server.isDraining,
            requestID: exchange.request.id)
    }

    private func timeOut() {
        isTimedOut = true
        task?.cancel()
    }

    private func makeBody(_ framing: MessageFraming) -> (RequestBody, BodyReader?) {
        if !framing.isChunked {
            guard let length = framing.contentLength, length > 0 else { return (.empty, nil) }
            if length <= pendingCount, let whole = takePending(upTo: length) {
                return (RequestBody(whole), nil)
            }
        }
        let reader = BodyReader(
            connection: self, contentLength: framing.contentLength, maximumBytes: server.limits.bodyBytes,
            owesContinue: framing.expectsContinue && parser.isVersion11 && pendingStart == pending.count,
            allowance: TransferAllowance(
                base: server.limits.bodyTimeout, slowestBytesPerSecond: server.limits.slowestBytesPerSecond))
        return (RequestBody(source: .stream(LoopBound(reader, on: loop))), reader)
    }

    private func requestID() -> RequestID {
        guard let field = headers.firstField(of: "x-request-id") else { return RequestID(from: server.tracing.ids) }
        return headers.bytes.withUnsafeBytes { bytes in
            RequestID(validating: UnsafeRawBufferPointer(rebasing: bytes[field.value]))
        } ?? RequestID(from: server.tracing.ids)
    }

    private func traceContext() -> TraceContext? {
        server.tracing.context(of: headers)
    }

    /// Answers a request whose head could not be read.
    private func refuse(_ failure: ParseFailure) async {
        activity = .serving
        let id = RequestID(from: server.tracing.ids)
        // The request line may have been understood before something else was not.
        let sender = ResponseSender(
            connection: self, isHead: parser.method == .head, isVersion11: true, closes: true, requestID: id)
        let response = ServiceError(failure).response(id)
        _ = await sender.send(response)
        server.core.refused(failure, id, peer)
    }

    // MARK: For the body reader and the senders

    enum Receive {
        case received(Int)
        case wouldBlock
        case ended
    }

    /// Reads from the socket into a fresh block of its own.
    func receive(upTo wanted: Int) -> Receive {
        var outcome = Receive.ended
        let block = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            switch channel.read(into: UnsafeMutableRawBufferPointer(buffer)) {
            case .bytes(let received):
                count = received
                outcome = .received(received)
            case .wouldBlock: outcome = .wouldBlock
            case .end, .failed: outcome = .ended
            }
        }
        guard case .received = outcome else { return outcome }
        if pendingStart == pending.count {
            pending = block
            pendingStart = 0
        } else {
            pending.append(contentsOf: block)
        }
        return outcome
    }

    var pendingCount: Int { pending.count - pendingStart }

    /// Up to `maximum` bytes that were received already; nil when there are none.
    func takePending(upTo maximum: Int) -> [UInt8]? {
        let available = pendingCount
        guard available > 0, maximum > 0 else { return nil }
        if pendingStart == 0, available <= maximum {
            defer { pending = [] }
            return pending
        }
        let taken = min(available, maximum)
        defer { dropPending(taken) }
        return Array(pending[pendingStart..<pendingStart + taken])
    }

    func takePending(decoding decoder: inout ChunkedDecoder) throws(ParseFailure) -> (block: [UInt8]?, isEnd: Bool) {
        var block: [UInt8] = []
        var isEnd = false
        var offset = pendingStart
        var failure: ParseFailure?
        pending.withUnsafeBytes { bytes in
            do throws(ParseFailure) {
                decoding: while true {
                    switch try decoder.next(bytes, &offset) {
                    case .data(let range): block.append(contentsOf: bytes[range])
                    case .needsMore: break decoding
                    case .end:
                        isEnd = true
                        break decoding
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        dropPending(offset - pendingStart)
        return (block.isEmpty ? nil : block, isEnd)
    }

    func sendContinue() async throws {
        try await send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    func poison() {
        isPoisoned = true
    }

    var limits: ServerLimits { server.limits }
    var outputScratch: LoopScratch { scratch }

    /// Sends all of it, waiting for the client as long as its allowance lasts.
    func send(_ bytes: [UInt8]) async throws {
        guard let sent = bytes.withUnsafeBytes({ channel.write($0) }) else { throw WriteError.disconnected }
        if sent < bytes.count { try await sendRest(bytes, from: sent) }
    }

    func sendRest(_ bytes: [UInt8], from start: Int) async throws {
        var offset = start
        var allowance = TransferAllowance(
            base: limits.writeTimeout, slowestBytesPerSecond: limits.slowestBytesPerSecond)
        while offset < bytes.count {
            try await waitUntilWritable(&allowance)
            let sent = bytes.withUnsafeBytes { channel.write(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
            guard let sent else { throw WriteError.disconnected }
            allowance.moved(sent)
            offset += sent
        }
    }

    func waitUntilWritable(_ allowance: inout TransferAllowance) async throws {
        let start = loop.now
        let wake = await channel.waitUntilWritable(until: allowance.deadline(from: start))
        allowance.waited(from: start, to: loop.now)
        switch wake {
        case .ready: return
        case .timedOut: throw WriteError.timedOut
        case .cancelled, .closed: throw WriteError.disconnected
        }
    }
}
