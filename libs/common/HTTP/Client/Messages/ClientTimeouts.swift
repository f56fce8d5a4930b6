import Loop

/// How long a request may take, stage by stage.
public struct ClientTimeouts: Sendable {
    /// For a connection to become free when all are in use.
    public var waiting: Nanoseconds
    /// To resolve a name and to connect.
    public var connect: Nanoseconds
    /// From the request's last byte to the answer's first.
    public var firstByte: Nanoseconds
    /// Between two pieces of the answer, and for the peer to take a piece of the request.
    public var betweenBytes: Nanoseconds
    /// For `100 Continue`, when the request expects it; after that the body goes out without.
    public var continueAnswer: Nanoseconds
    /// For everything, from the call to the last byte of the body; nil for no limit.
    public var total: Nanoseconds?

    public init(
        waiting: Duration = .seconds(5), connect: Duration = .seconds(5), firstByte: Duration = .seconds(60),
        betweenBytes: Duration = .seconds(30), continueAnswer: Duration = .seconds(1), total: Duration? = nil
    ) {
        self.waiting = Nanoseconds(waiting)
        self.connect = Nanoseconds(connect)
        self.firstByte = Nanoseconds(firstByte)
        self.betweenBytes = Nanoseconds(betweenBytes)
        self.continueAnswer = Nanoseconds(continueAnswer)
        self.total = total.map(Nanoseconds.init)
    }
}

/// The limits of a client; each has a setting.
public struct ClientLimits: Sendable {
    /// Open connections to one origin, on each loop.
    public var connectionsPerOrigin = 64
    /// Requests that wait for one of them, on each loop; more are refused.
    public var waitingPerOrigin = 1024
    /// How long an unused connection is kept. Shorter than the peer's own limit, so that we are the one who closes.
    public var idleTime = Duration.seconds(30)
    /// The head of an answer.
    public var head = HeadLimits()
    /// Interim (1xx) answers before the answer itself.
    public var interimResponses = 16
    /// How long a resolved name is believed.
    public var nameLifetime = Duration.seconds(30)

    public init() {}
}
