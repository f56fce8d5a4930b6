import Loop

/// How often and how long a request is repeated; each has a setting.
public struct RetryLimits: Sendable {
    /// The first one counts.
    public var attempts = 4
    /// The wait before the first repetition at most; it doubles with each.
    public var firstWait = Duration.milliseconds(100)
    public var longestWait = Duration.seconds(10)
    /// From the first attempt's start to the last one's.
    public var totalTime = Duration.seconds(60)

    public init() {}
}

/// Decides whether a failed request is sent again, and when. Pure.
struct RetryPlan {
    enum Action: Equatable {
        case wait(Duration)
        case giveUp
    }

    private let limits: RetryLimits
    private let isRepeatable: Bool
    private let end: Deadline
    private(set) var failures = 0

    /// `isRepeatable`: sending again is harmless even when the first request may have had its effect.
    init(_ limits: RetryLimits, isRepeatable: Bool, now: Deadline) {
        self.limits = limits
        self.isRepeatable = isRepeatable
        end = now + limits.totalTime
    }

    /// `fraction` is random, from 0 to 1: who waits the same time as everybody else meets them all again.
    mutating func failed(_ error: ObjectError, at now: Deadline, fraction: Double) -> Action {
        failures += 1
        guard failures < limits.attempts, let least = leastWait(error) else { return .giveUp }
        let most = min(limits.longestWait, limits.firstWait * (1 << min(failures - 1, 20)))
        let wait = max(least, most * fraction)
        return wait <= limits.longestWait && now + wait < end ? .wait(wait) : .giveUp
    }

    /// Nil for what will not get better.
    private func leastWait(_ error: ObjectError) -> Duration? {
        switch error {
        case .unavailable(let retryAfter): retryAfter ?? .zero
        case .connectionLost, .timedOut: isRepeatable ? .zero : nil
        default: nil
        }
    }
}
