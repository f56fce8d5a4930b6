import CNGHTTP2
import Loop
import Telemetry

/// Serving one request, as a connection of HTTP/1.1 does it.
extension HTTP2Stream {
    /// All fields have come.
    func begin() {
        guard var head else { return }
        self.head = nil
        started = .now
        do throws(ParseFailure) {
            let line = try head.finish()
            request = makeRequest(line, head)
        } catch {
            return refuse(error)
        }
        if let timeout = server.timeouts.request {
            requestDeadline = started + timeout
            arm(requestDeadline)
        }
        connection.serving += 1
        let bound = LoopBound(self, on: loop)
        task = Task(executorPreference: loop) { await bound.value.serve() }
    }

    private func makeRequest(_ line: HTTP2Head.Line, _ head: HTTP2Head) -> Request {
        let length = head.framing.contentLength
        isTooLarge = length.map { $0 > server.limits.bodyBytes } ?? false
        var body = RequestBody.empty
        if !hasEnded, !isTooLarge {
            let reader = HTTP2BodyReader(
                self, declaredLength: length, owesContinue: head.framing.expectsContinue, limits: server.limits,
                loop: loop)
            self.reader = reader
            body = RequestBody(source: .stream(LoopBound(reader, on: loop)))
        }
        return Request(
            method: line.method, headers: head.headers, body: body,
            id: server.tracing.requestID(of: head.headers), trace: server.tracing.context(of: head.headers),
            peer: connection.peer, isSecure: connection.channel.tls != nil, target: line.target, isVersion11: true,
            interims: LoopBound(self, on: loop))
    }

    /// Answers a request whose head is not right; other streams go on.
    private func refuse(_ failure: ParseFailure) {
        let id = RequestID(from: server.tracing.ids)
        let response = ServiceError(failure).response(id)
        server.core.refused(failure, id, connection.peer)
        guard case .bytes(let body) = response.body else { return }
        submit(response, length: body.count, HTTP2Output(body), id: id)
    }

    private func serve() async {
        defer { served() }
        // Given up before its turn came.
        guard !isOver, var request else { return }
        if let whole = reader?.takeWhole() { request.body = RequestBody(whole) }
        let route = server.router.route(for: &request)
        var response: Response
        do {
            if isTooLarge { throw bodyTooLarge }
            response = try await route.handler(request)
        } catch {
            response = server.router.failure(error, request)
        }
        requestDeadline = .distantFuture
        server.router.finish?(request, &response)
        response.route = route.metrics
        if isTimedOut, response.status.code >= 500 {
            response = ServiceError(.serviceUnavailable, "request_timeout", "the request took too long")
                .response(request.id)
            response.route = route.metrics
        }
        if response.closesConnection { connection.leave() }
        await answer(response, isHead: request.method == .head)
    }

    private var bodyTooLarge: ParseFailure {
        ParseFailure(.contentTooLarge, "body_too_large", "a request's body may have \(server.limits.bodyBytes) bytes")
    }

    /// The handler has ended, and what it made is on its way.
    private func served() {
        task = nil
        if let unread = reader?.detach(), unread > 0, !isOver { connection.dropped(unread) }
        if isOver { report() }
        connection.handlerEnded()
    }

    private func answer(_ response: Response, isHead: Bool) async {
        let framing = BodyFraming(response.body, status: response.status, isVersion11: true)
        var length: Int?
        if case .length(let count) = framing { length = count }
        outcome = ResponseSender.Outcome(
            status: response.status, isComplete: false, closes: false, route: response.route)
        switch response.body {
        case _ where isHead || framing == .none, .empty: submit(response, length: length, nil)
        case .bytes(let bytes): submit(response, length: length, bytes.isEmpty ? nil : HTTP2Output(bytes))
        case .file(let file): submit(response, length: length, file.count == 0 ? nil : HTTP2Output(file))
        case .stream(_, let produce): await stream(response, length: length, produce)
        }
    }

    private func stream(
        _ response: Response, length: Int?, _ produce: @Sendable (BodyWriter) async throws -> Void
    ) async {
        let sink = HTTP2Sink(self, response, length: length)
        defer { sink.end() }
        do {
            try await produce(BodyWriter(sink: LoopBound(sink, on: loop)))
            if !sink.finish() { connection.reset(id, NGHTTP2_INTERNAL_ERROR) }
        } catch {
            guard sink.hasUnsentHead else { return connection.reset(id, NGHTTP2_INTERNAL_ERROR) }
            let requestID = request?.id ?? RequestID(from: server.tracing.ids)
            let failure = ServiceError(wrapping: error).response(requestID)
            outcome?.status = failure.status
            guard case .bytes(let body) = failure.body else { return }
            submit(failure, length: body.count, HTTP2Output(body))
        }
    }
}
