import Loop

/// How much of something one client has left: allowances come back evenly, up to a burst.
///
///     let rate = TokenBucket.Rate(60, per: .seconds(60), burst: 20)
///     var bucket = TokenBucket()
///     switch bucket.take(rate, at: .now) {
///     case .allowed: break
///     case .wait(let time): throw tooMany(retryAfter: time)
///     }
///
/// A value of one word, the time at which it will be full again, so that a table can hold many; what they share is in
/// the rate.
public struct TokenBucket: Sendable, Hashable {
    public struct Rate: Sendable, Hashable {
        /// The most that can be taken at once.
        public let burst: Int
        /// The time in which one comes back.
        let interval: UInt64

        /// `count` in each `period` on average; the burst is the count unless given.
        public init(_ count: Int, per period: Duration, burst: Int? = nil) {
            precondition(count > 0 && (burst ?? 1) > 0, "a rate of nothing allows nothing")
            self.burst = burst ?? count
            interval = max(1, period.clampedNanoseconds / UInt64(count))
        }

        /// From empty to full.
        var filling: UInt64 { interval.multipliedSaturating(by: UInt64(burst)) }
    }

    public enum Answer: Sendable, Equatable {
        case allowed
        /// Nothing was taken; it will be allowed after this time if nobody else takes.
        case wait(Duration)
    }

    /// On the monotonic clock, in nanoseconds; in the past for a bucket that is full.
    private var fullAt: UInt64 = 0

    /// A full one.
    public init() {}

    /// Takes some at once or none.
    public mutating func take(_ rate: Rate, _ count: Int = 1, at now: Deadline) -> Answer {
        let missing = missing(at: now)
        let cost = rate.interval.multipliedSaturating(by: UInt64(max(0, count)))
        let after = missing.addingSaturating(cost)
        guard after <= rate.filling else { return .wait(.nanoseconds(Int64(clamping: after - rate.filling))) }
        fullAt = now.nanoseconds.addingSaturating(after)
        return .allowed
    }

    /// How many could be taken now.
    public func remaining(_ rate: Rate, at now: Deadline) -> Int {
        let missing = missing(at: now)
        return missing >= rate.filling ? 0 : Int((rate.filling - missing) / rate.interval)
    }

    /// The time until it is full; a table may forget one that is.
    public func timeToFull(at now: Deadline) -> Duration {
        .nanoseconds(Int64(clamping: missing(at: now)))
    }

    private func missing(at now: Deadline) -> UInt64 {
        fullAt > now.nanoseconds ? fullAt - now.nanoseconds : 0
    }
}

extension UInt64 {
    fileprivate func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func multipliedSaturating(by other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
