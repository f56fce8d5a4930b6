import Loop

/// The limits of a server; each has a setting.
public struct ServerLimits: Sendable {
    public var head = HeadLimits()
    /// The largest request body; a route may allow less.
    public var bodyBytes = 1 << 40
    /// Connections at a time; more are answered 503 and closed.
    public var connections = 10_000
    /// From a head's first byte to its last, and for the first byte on a new connection.
    public var headerTimeout = Duration.seconds(10)
    /// The longest wait for the next piece of a body, and the slowest client that is borne with.
    public var bodyTimeout = Duration.seconds(30)
    public var slowestBytesPerSecond = 256
    /// How long a kept-alive connection may be idle.
    public var idleTimeout = Duration.seconds(75)
    public var writeTimeout = Duration.seconds(30)
    /// How long a handler may take before its task is cancelled; nil for no limit.
    public var requestTimeout: Duration?
    /// An unread request body up to this size is read and thrown away so that the connection can be kept.
    public var drainedBodyBytes = 256 * 1024
    /// What HTTP/2 needs beyond these.
    public var http2 = HTTP2Limits()

    public init() {}
}

/// The timeouts of the hot path, converted once.
struct ServerTimeouts: Sendable {
    let header: Nanoseconds
    let idle: Nanoseconds
    let firstRequest: Nanoseconds
    let request: Nanoseconds?

    init(_ limits: ServerLimits) {
        header = Nanoseconds(limits.headerTimeout)
        idle = Nanoseconds(limits.idleTimeout)
        firstRequest = Nanoseconds(min(limits.idleTimeout, limits.headerTimeout))
        request = limits.requestTimeout.map(Nanoseconds.init)
    }
}
