import Loop
import Telemetry

/// One request, as a handler sees it.
public struct Request: Sendable {
    public let method: Method
    public internal(set) var headers: Headers
    public var body: RequestBody
    /// What the route's `{name}` segments matched.
    public internal(set) var parameters = PathParameters()
    public internal(set) var id: RequestID
    /// The trace that this request belongs to; nil when there is none.
    public internal(set) var trace: TraceContext?
    public let peer: PeerAddress
    /// Whether it came to this server over TLS.
    public let isSecure: Bool
    let target: RequestTarget
    let isVersion11: Bool
    let interims: LoopBound<any InterimSink>?

    /// The path as it was sent, percent-encoded.
    public var path: String { headers.text(target.path) }

    /// The query as it was sent, without its question mark.
    public var rawQuery: String? { target.query.map(headers.text) }

    /// Path and query, for logs and proxies.
    public var pathAndQuery: String {
        headers.text(target.path.lowerBound..<(target.query?.upperBound ?? target.path.upperBound))
    }

    /// The query's parameters, decoded.
    public var query: QueryParameters {
        guard let range = target.query else { return QueryParameters() }
        return headers.bytes.withUnsafeBytes { QueryParameters(parsing: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    public var contentType: MediaType? { headers["content-type"].flatMap(MediaType.init) }
}

/// Where a connection comes from.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: UInt16

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Request {
    /// Clients of the old servers often leave the content type out; only another one is refused.
    var hasJSONContent: Bool {
        guard let text = headers["content-type"], text != "application/json" else { return true }
        return MediaType(text)?.isJSON ?? false
    }
}
