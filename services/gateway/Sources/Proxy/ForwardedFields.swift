import HTTP

/// What a service is told of how a request came: both the field that everybody reads and the one of RFC 7239.
struct ForwardedFields: Sendable {
    let addresses: ClientAddress
    /// Whether clients reach this port over TLS.
    let isSecure: Bool

    func append(_ request: Request, from client: String, to headers: inout Headers) {
        // Behind a proxy that we trust, it knows how the client came.
        let isBehindProxy = !addresses.trusted.isEmpty && addresses.isTrusted(request.peer.host)
        let proto = isBehindProxy ? known(request.headers["x-forwarded-proto"]) ?? own : own
        headers.append("x-forwarded-for", client)
        headers.append("x-forwarded-proto", proto)
        guard let host = request.headers["host"] else { return }
        headers.append("x-forwarded-host", host)
        let node = client.contains(":") ? "\"[\(client)]\"" : client
        headers.append("forwarded", "for=\(node);proto=\(proto);host=\"\(host)\"")
    }

    private var own: String { isSecure ? "https" : "http" }

    private func known(_ text: String?) -> String? { text == "https" || text == "http" ? text : nil }
}
