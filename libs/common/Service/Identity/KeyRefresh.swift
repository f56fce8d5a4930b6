import Loop

/// Decides when a key set that somebody else publishes is fetched. Pure: the time is the caller's.
struct KeyRefresh: Sendable {
    enum Reason: Sendable {
        /// No keys yet, or old ones.
        case age
        /// A token names a key that is not among them.
        case unknownKey
    }

    enum Decision: Sendable, Equatable {
        case fetch
        /// Old keys do while new ones are fetched.
        case fetchBeside
        case useWhatIsThere
    }

    let limits: RemoteKeys.Limits
    private var fetchedAt: Deadline?
    private var attemptedAt: Deadline?
    private var unknownAttemptedAt: Deadline?

    init(_ limits: RemoteKeys.Limits) {
        self.limits = limits
    }

    /// Whether there are keys that may still be believed.
    func hasKeys(at now: Deadline) -> Bool {
        fetchedAt.map { now < $0 + limits.maximumAge } ?? false
    }

    mutating func decide(_ reason: Reason, at now: Deadline) -> Decision {
        switch reason {
        case .unknownKey:
            // Whoever sends tokens with made-up keys must not make us ask the issuer for each.
            guard isDue(unknownAttemptedAt, limits.unknownKeyInterval, now) else { return .useWhatIsThere }
            unknownAttemptedAt = now
            attemptedAt = now
            return .fetch
        case .age:
            guard fetchedAt.map({ now >= $0 + limits.lifetime }) ?? true else { return .useWhatIsThere }
            guard isDue(attemptedAt, limits.retryInterval, now) else { return .useWhatIsThere }
            attemptedAt = now
            return hasKeys(at: now) ? .fetchBeside : .fetch
        }
    }

    mutating func fetched(at now: Deadline) {
        fetchedAt = now
    }

    private func isDue(_ last: Deadline?, _ interval: Duration, _ now: Deadline) -> Bool {
        last.map { now >= $0 + interval } ?? true
    }
}
