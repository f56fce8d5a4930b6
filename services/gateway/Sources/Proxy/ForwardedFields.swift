import HTTP

/// What a service is told of how a request came: both the field that everybody reads and the one of RFC 7239.
struct ForwardedFields: Sendable {
    let addresses: ClientAddress
    /// Whether clients reach us over TLS that somebody before us speaks.
    let isSecure: Bool

    func append(_ request: Request, from client: String, to headers: inout Headers) {
        // Behind a proxy that we trust, it knows how the client came.
        let isBehindProxy = !addresses.trusted.isEmpty && addresses.isTrusted(request.peer.host)
        let own: StaticString = isSecure || request.isSecure ? "https" : "http"
        let scheme = isBehindProxy ? known(request.headers["x-forwarded-proto"]) ?? own : own
        headers.append(describing: request, client: client, scheme: scheme)
    }

    private func known(_ text: String?) -> StaticString? {
        switch text {
        case "https": "https"
        case "http": "http"
        default: nil
        }
    }
}
