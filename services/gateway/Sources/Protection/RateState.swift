import Loop

/// How often one key may do something, by the generic cell rate algorithm: a bucket of tokens kept as one number. Pure.
///
/// The number is when the bucket would be full again. Whoever is within a window of that is let in.
struct RateState: Sendable {
    struct Rule: Sendable, Equatable {
        /// Nanoseconds that one request costs, and those that may be owed at most.
        let cost: UInt64
        let window: UInt64

        init(requests: Int, window: Duration) {
            self.window = max(1, window.clampedNanoseconds)
            cost = max(1, self.window / UInt64(max(1, requests)))
        }
    }

    struct Decision: Sendable, Equatable {
        var isAllowed: Bool
        /// Requests that would be let in right now.
        var remaining: Int
        /// Until the next one is, if this was not; else until all are.
        var wait: UInt64
    }

    private(set) var fullAt: UInt64 = 0

    mutating func take(_ rule: Rule, now: UInt64) -> Decision {
        let start = max(fullAt, now)
        let after = start + rule.cost
        guard after <= now + rule.window else {
            return Decision(isAllowed: false, remaining: 0, wait: after - (now + rule.window))
        }
        fullAt = after
        return Decision(isAllowed: true, remaining: Int((now + rule.window - after) / rule.cost), wait: after - now)
    }
}
