/// How often and how soon work is tried again: delays double up to a cap, and each is drawn evenly from nothing to that,
/// so that what failed together does not come back together.
public struct RetryPolicy: Sendable, Equatable {
    /// All tries, the first one included.
    public var attempts: Int
    public var base: Duration
    public var cap: Duration

    public init(attempts: Int = 5, base: Duration = .seconds(2), cap: Duration = .seconds(600)) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
    }

    /// The wait after the `failures`-th failure, for a draw of 0 to 1.
    public func delay(afterFailures failures: Int, draw: Double) -> Duration {
        let doublings = max(0, min(failures - 1, 40))
        let ceiling = min(cap.inSeconds, base.inSeconds * Double(1 << doublings))
        return .microseconds(Int64(ceiling * min(max(draw, 0), 1) * 1_000_000))
    }
}

extension Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
