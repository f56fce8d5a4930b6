import Loop
import Telemetry

/// Serving one request.
extension ServerConnection {
    /// One request and what is needed to answer it.
    struct Exchange {
        var request: Request
        let framing: MessageFraming
        let reader: ConnectionBodyReader?
        let started: Deadline
        /// The body is too large to begin with; nothing of it is read.
        let isTooLarge: Bool
    }

    func beginExchange() -> Exchange {
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
            isSecure: channel.tls != nil, target: parser.target, isVersion11: parser.isVersion11,
            interims: LoopBound(self, on: loop))
        let started = Deadline.now
        if let timeout = server.timeouts.request {
            channel.watchBusy(until: started + timeout) { [unowned self] in self.timeOut() }
        }
        return Exchange(
            request: request, framing: framing, reader: reader, started: started, isTooLarge: isTooLarge)
    }

    var bodyTooLarge: ParseFailure {
        ParseFailure(.contentTooLarge, "body_too_large", "a request's body may have \(server.limits.bodyBytes) bytes")
    }

    /// Sends the response when that needs no waiting; answers whether the connection goes on, nil when it must wait.
    func finishNow(_ response: inout Response, _ exchange: borrowing Exchange) -> Bool? {
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

    func finishLater(_ response: Response, _ exchange: Exchange) async -> Bool {
        let sender = makeSender(response, exchange)
        let outcome: ResponseSender.Outcome
        if let (rest, begun) = begunResponse {
            begunResponse = nil
            outcome = await sender.finish(rest, begun)
        } else {
            outcome = await sender.send(response)
        }
        server.finished(exchange.request, outcome, started: exchange.started)
        if !outcome.isComplete { channel.endsBroken = true }
        guard let reader = exchange.reader else { return outcome.isComplete && !outcome.closes && !isPoisoned }
        defer { reader.detach() }
        if !reader.isFinished, outcome.closes { isPoisoned = true }
        guard outcome.isComplete, !outcome.closes, !isPoisoned else { return false }
        return reader.isFinished ? true : await drain(reader)
    }

    /// Skips what the handler left of the body, so that the connection can be used again.
    func drain(_ reader: ConnectionBodyReader) async -> Bool {
        if await reader.drain(upTo: server.limits.drainedBodyBytes) { return true }
        isPoisoned = true
        return false
    }

    func makeSender(_ response: borrowing Response, _ exchange: borrowing Exchange) -> ResponseSender {
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

    func timeOut() {
        isTimedOut = true
        task?.cancel()
    }

    func makeBody(_ framing: MessageFraming) -> (RequestBody, ConnectionBodyReader?) {
        if !framing.isChunked {
            guard let length = framing.contentLength, length > 0 else { return (.empty, nil) }
            if length <= pendingCount, let whole = takePending(upTo: length) {
                return (RequestBody(whole), nil)
            }
        }
        let reader = ConnectionBodyReader(
            connection: self, contentLength: framing.contentLength, maximumBytes: server.limits.bodyBytes,
            owesContinue: framing.expectsContinue && parser.isVersion11 && pendingStart == pending.count,
            allowance: TransferAllowance(
                base: server.limits.bodyTimeout, slowestBytesPerSecond: server.limits.slowestBytesPerSecond))
        return (RequestBody(source: .stream(LoopBound(reader, on: loop))), reader)
    }

    func requestID() -> RequestID { server.tracing.requestID(of: headers) }

    func traceContext() -> TraceContext? { server.tracing.context(of: headers) }

    /// Answers a request whose head could not be read.
    func refuse(_ failure: ParseFailure) async {
        activity = .serving
        let id = RequestID(from: server.tracing.ids)
        // The request line may have been understood before something else was not.
        let sender = ResponseSender(
            connection: self, isHead: parser.method == .head, isVersion11: true, closes: true, requestID: id)
        let response = ServiceError(failure).response(id)
        _ = await sender.send(response)
        server.core.refused(failure, id, peer)
    }
}
