import Loop

/// One request of ours to another service.
public struct ClientRequest: Sendable {
    /// Path and query as they go on the wire: a text, or a part of the bytes of a request that is passed on.
    enum Target: Sendable {
        case text(String)
        case part(Range<Int>, of: [UInt8])
    }

    public var method: Method
    public var origin: Origin
    /// Without the fields that the client writes itself: framing, `Connection`, `Expect`. `Host` is the origin's unless
    /// it is given here.
    public var headers: Headers
    public var body: ClientBody
    /// Nil for the client's own.
    public var timeouts: ClientTimeouts?
    /// Sends the body only after `100 Continue`, or when that does not come in time.
    public var expectsContinue = false
    /// Whether to repeat the request is harmless; the method says so unless this does.
    public var isRepeatable: Bool?
    let target: Target
    /// Who hears what the peer says before its answer.
    private(set) var interims: LoopBound<any InterimSink>?

    /// `target` is the path and the query, percent-encoded.
    public init(
        _ method: Method = .get, _ origin: Origin, _ target: String, headers: Headers = Headers(),
        body: ClientBody = .empty
    ) {
        self.init(method, origin, .text(target), headers, body)
    }

    /// A request passed on: its method, its target and its body, with the fields that the caller has made of its own.
    public init(forwarding request: Request, to origin: Origin, headers: Headers) {
        let end = request.target.query?.upperBound ?? request.target.path.upperBound
        let target = Target.part(request.target.path.lowerBound..<end, of: request.headers.bytes)
        self.init(request.method, origin, target, headers, .forwarding(request.body))
        interims = request.interims
    }

    private init(_ method: Method, _ origin: Origin, _ target: Target, _ headers: Headers, _ body: ClientBody) {
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// A target with a space, a control or a fragment would be another request on the wire.
    var hasValidTarget: Bool {
        switch target {
        // The bytes were checked when they were parsed.
        case .part: return true
        case .text(var text):
            return text.withUTF8 { bytes in
                if bytes.count == 1, bytes[0] == UInt8(ascii: "*") { return method == .options }
                return bytes.first == UInt8(ascii: "/") && bytes.allSatisfy { CharacterClass.isQuery($0) }
            }
        }
    }
}
