import HTTP
import Loop

/// Counts requests by key, within a memory that does not grow: whoever was quiet for a window is forgotten, and when all
/// are busy, some are, too.
final class RateLimiter: Sendable {
    static let defaultCapacity = 100_000
    private static let shardCount = 16

    let requests: Int
    let window: Duration
    private let rule: RateState.Rule
    private let capacityPerShard: Int
    private let shards: [Locked<[String: RateState]>]

    init(requests: Int, window: Duration, capacity: Int = RateLimiter.defaultCapacity) {
        self.requests = requests
        self.window = window
        rule = RateState.Rule(requests: requests, window: window)
        capacityPerShard = max(1, capacity / Self.shardCount)
        shards = (0..<Self.shardCount).map { _ in Locked([:]) }
    }

    func take(_ key: String, now: Deadline = .now) -> RateState.Decision {
        let (rule, capacity) = (rule, capacityPerShard)
        return shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))].withLock { states in
            if states.count >= capacity, states[key] == nil { Self.makeRoom(&states, now: now.nanoseconds) }
            return states[key, default: RateState()].take(rule, now: now.nanoseconds)
        }
    }

    /// Looks at a few: to look at all for each request is what an attacker would wish for.
    private static func makeRoom(_ states: inout [String: RateState], now: UInt64) {
        let looked = states.prefix(64)
        let quiet = looked.filter { $0.value.fullAt <= now }.map(\.key)
        for key in quiet.isEmpty ? [looked.min { $0.value.fullAt < $1.value.fullAt }!.key] : quiet {
            states.removeValue(forKey: key)
        }
    }

    /// What the client is told (draft-ietf-httpapi-ratelimit-headers): the policy, and where it stands.
    func fields(_ decision: RateState.Decision, policy: String) -> Headers {
        var headers = Headers()
        headers.append("ratelimit-policy", "\"\(policy)\";q=\(requests);w=\(max(1, window.components.seconds))")
        headers.append("ratelimit", "\"\(policy)\";r=\(decision.remaining);t=\(Self.seconds(decision.wait))")
        return headers
    }

    /// Whole seconds, rounded up, so that who waits so long is let in.
    static func seconds(_ nanoseconds: UInt64) -> Int { Int((nanoseconds + 999_999_999) / 1_000_000_000) }
}
