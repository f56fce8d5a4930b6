/// How an outgoing client behaves.
public struct OutgoingSettings: Sendable {
    public var rules: OutgoingRules
    public var limits = OutgoingLimits()
    public var timeouts = ClientTimeouts(connect: .seconds(10), total: .seconds(3600))
    /// A file of certificates (PEM) to trust besides the system's folder of them.
    public var certificateFile: String?
    public var userAgent = "pentad/1"

    public init(rules: OutgoingRules) {
        self.rules = rules
    }
}

/// The limits of an outgoing client; each has a setting.
public struct OutgoingLimits: Sendable {
    /// Requests at a time on each loop, each with a connection; as many connections are kept for later ones.
    public var connections = 64
    /// Requests that wait for their turn, on each loop; more are refused.
    public var waiting = 256
    /// The head of an answer with the interim ones before it and the trailers behind the body.
    public var headBytes = 64 * 1024
    /// The body of an answer unless the request says otherwise.
    public var bodyBytes = 1 << 30
    /// Bytes of one answer that wait for their consumer before its sender is slowed.
    public var bufferedBytes = 256 * 1024

    public init() {}
}
