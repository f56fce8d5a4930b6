import Loop

/// Fetches from and sends to the internet over libcurl, on the caller's loop: certificates verified, redirects off
/// unless asked for, and no way into private networks for a URL that came from outside.
///
/// One client has one set of rules: its connections are kept for its own requests only, so none that was opened under
/// looser rules serves a stricter client. A request that may be repeated is sent again by libcurl when the kept
/// connection it went out on turns out to be dead.
///
///     let client = OutgoingClient(settings: OutgoingSettings(rules: .untrusted))
///     var request = OutgoingRequest(.get, "https://example.org/film.mp4")
///     request.maximumRedirects = 3
///     let answer = try await client.send(request)
///     for try await block in answer.body { try await file.write(block) }
public final class OutgoingClient: Sendable {
    public let settings: OutgoingSettings
    private let parts = LoopParts<CurlLoop>()

    public init(settings: OutgoingSettings) {
        self.settings = settings
    }

    /// Sends a request and answers once the head of the answer is there. Cancelling the task closes the connection.
    public func send(_ request: OutgoingRequest) async throws(ClientError) -> ClientResponse {
        guard let loop = EventLoop.current else { throw .invalidRequest("a request is sent from a task on a loop") }
        let total = (request.timeouts ?? settings.timeouts).total.map { loop.now + $0 } ?? .distantFuture
        var request = request
        var url = try OutgoingURL(request.url, settings.rules)
        for _ in 0...max(0, request.maximumRedirects) {
            let response = try await send(request, to: url, on: loop, total: total)
            guard request.maximumRedirects > 0,
                let location = Redirect.location(response.status, response.headers)
            else { return response }
            let next = try url.resolving(location, settings.rules)
            request = try Redirect.follow(request, response.status, isSameOrigin: url.isSameOrigin(as: next))
            url = next
        }
        throw .tooManyRedirects(limit: request.maximumRedirects)
    }

    /// Refuses new requests; those under way go on.
    public func shutDown() {
        parts.shutDown()
    }

    private func send(
        _ request: OutgoingRequest, to url: OutgoingURL, on loop: EventLoop, total: Deadline
    ) async throws(ClientError) -> ClientResponse {
        if Task.isCancelled { throw .cancelled }
        let part = parts.part(of: loop) { CurlLoop(loop: loop, limits: settings.limits) }
        let transfer = try CurlTransfer(request, to: url, part: part, settings: settings, total: total)
        let (status, headers) = try await transfer.run()
        if let bytes = transfer.takeCompleteBody() {
            let body = ClientResponseBody(source: bytes.isEmpty ? .empty : .bytes(bytes))
            return ClientResponse(status: status, headers: headers, body: body)
        }
        let body = CurlBody(transfer, on: loop)
        return ClientResponse(
            status: status, headers: headers, body: ClientResponseBody(source: .stream(LoopBound(body, on: loop))))
    }
}
