/// The limits of HTTP/2 connections; those of heads, bodies and times are the server's own.
public struct HTTP2Limits: Sendable {
    /// Requests of one connection at a time. One that its client has given up counts until its handler has ended.
    public var concurrentStreams = 100
    /// What a client may send of one body, and of all bodies of a connection, before handlers have taken it; so much may
    /// be held in memory.
    public var streamWindowBytes = 256 * 1024
    public var connectionWindowBytes = 1 << 20
    /// The table of fields that a client may have us keep to name them shortly (RFC 7541).
    public var headerTableBytes = 4096
    /// The frames that one head may be cut into after its first.
    public var continuationFrames = 8
    /// Requests given up, or refused for what is wrong with them, that are borne with: at once, and a second.
    public var resetBurst = 200
    public var resetsPerSecond = 50
    /// As `resetBurst`, for frames that carry nothing: pings, settings, priorities, empty pieces of bodies. What requests
    /// and answers call for does not count.
    public var idleFrameBurst = 1000
    public var idleFramesPerSecond = 200

    public init() {}
}
