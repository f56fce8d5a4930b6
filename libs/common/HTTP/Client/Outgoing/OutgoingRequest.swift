/// One request to somewhere on the internet.
public struct OutgoingRequest: Sendable {
    public var method: Method
    public var url: String
    /// Without the fields that describe the connection or the body's framing.
    public var headers: Headers
    public var body: ClientBody
    /// Redirects that are followed, each checked like the first URL; 0 answers the redirect itself.
    public var maximumRedirects = 0
    /// The longest body that the answer may have; nil for the client's own limit.
    public var maximumBodyBytes: Int?
    /// Nil for the client's own.
    public var timeouts: ClientTimeouts?
    /// Whether to repeat the request is harmless; the method says so unless this does. One that is not harmless never
    /// uses a kept connection, on which libcurl might have to send it twice.
    public var isRepeatable: Bool?

    public init(_ method: Method = .get, _ url: String, headers: Headers = Headers(), body: ClientBody = .empty) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
