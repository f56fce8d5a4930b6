import HTTP
import Loop

/// Counts requests by key, within a memory that does not grow: whoever was quiet for a window is forgotten, and when all
/// are busy, some are, too.
final class RateLimiter: Sendable {
    static let defaultCapacity = 100_000
    private static let shardCount = 16

    let requests: Int
    let window: Duration
    private let rate: TokenBucket.Rate
    private let capacityPerShard: Int
    private let shards: [Locked<[String: TokenBucket]>]

    struct Decision: Sendable, Equatable {
        var isAllowed: Bool
        /// Requests that would be let in right now.
        var remaining: Int
        /// Until the next one is, if this was not; else until all are.
        var wait: Duration
    }

    init(requests: Int, window: Duration, capacity: Int = RateLimiter.defaultCapacity) {
        self.requests = requests
        self.window = window
        rate = TokenBucket.Rate(requests, per: window)
        capacityPerShard = max(1, capacity / Self.shardCount)
        shards = (0..<Self.shardCount).map { _ in Locked([:]) }
    }

    func take(_ key: String, now: Deadline = .now) -> Decision {
        let (rate, capacity) = (rate, capacityPerShard)
        return shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))].withLock { buckets in
            if buckets.count >= capacity, buckets[key] == nil { Self.makeRoom(&buckets, now) }
            var bucket = buckets[key] ?? TokenBucket()
            defer { buckets[key] = bucket }
            if case .wait(let time) = bucket.take(rate, at: now) {
                return Decision(isAllowed: false, remaining: 0, wait: time)
            }
            return Decision(
                isAllowed: true, remaining: bucket.remaining(rate, at: now), wait: bucket.timeToFull(at: now))
        }
    }

    /// Looks at a few: to look at all for each request is what an attacker would wish for.
    private static func makeRoom(_ buckets: inout [String: TokenBucket], _ now: Deadline) {
        let looked = buckets.prefix(64).map { (key: $0.key, time: $0.value.timeToFull(at: now)) }
        let quiet = looked.filter { $0.time == .zero }
        for entry in quiet.isEmpty ? Array(looked.sorted { $0.time < $1.time }.prefix(1)) : quiet {
            buckets.removeValue(forKey: entry.key)
        }
    }

    /// What the client is told (draft-ietf-httpapi-ratelimit-headers): the policy, and where it stands.
    func fields(_ decision: Decision, policy: String) -> Headers {
        var headers = Headers()
        headers.append("ratelimit-policy", "\"\(policy)\";q=\(requests);w=\(max(1, window.components.seconds))")
        headers.append("ratelimit", "\"\(policy)\";r=\(decision.remaining);t=\(Self.seconds(decision.wait))")
        return headers
    }

    /// Whole seconds, rounded up, so that who waits so long is let in.
    static func seconds(_ wait: Duration) -> Int {
        let (seconds, rest) = wait.components
        return Int(seconds) + (rest > 0 ? 1 : 0)
    }
}
