import HTTP
import Loop

/// Token buckets by key, in memory that does not grow. Buckets that are full again are forgotten first; when that does not
/// make room, those that have most left, so that nobody can push out the empty bucket of another by coming as many.
final class BucketTable: Sendable {
    static let defaultCapacity = 100_000

    struct Decision: Sendable, Equatable {
        var isAllowed: Bool
        /// How many would be let in right now.
        var remaining: Int
        /// Until the next one is, if this was not; else until all are.
        var wait: Duration
    }

    let rate: TokenBucket.Rate
    private let buckets: KeyedTable<TokenBucket>

    init(_ rate: TokenBucket.Rate, capacity: Int = BucketTable.defaultCapacity) {
        self.rate = rate
        buckets = KeyedTable(capacity: capacity)
    }

    var count: Int { buckets.count }

    func take(_ key: String, at now: Deadline = .now) -> Decision {
        let (rate, capacity) = (rate, buckets.capacityPerPart)
        return buckets.withPart(of: key) { part in
            var bucket = part[key] ?? TokenBucket()
            let answer = bucket.take(rate, at: now)
            if part.count >= capacity, part[key] == nil { Self.makeRoom(in: &part, capacity, now) }
            part[key] = bucket
            if case .wait(let time) = answer { return Decision(isAllowed: false, remaining: 0, wait: time) }
            return Decision(
                isAllowed: true, remaining: bucket.remaining(rate, at: now), wait: bucket.timeToFull(at: now))
        }
    }

    /// A quarter at a time: to look at all of them for each new key is what an attacker would wish for.
    private static func makeRoom(in part: inout [String: TokenBucket], _ capacity: Int, _ now: Deadline) {
        part = part.filter { $0.value.timeToFull(at: now) > .zero }
        let excess = part.count - (capacity - (capacity / 4 + 1))
        guard excess > 0 else { return }
        let times = part.mapValues { $0.timeToFull(at: now) }
        for (key, _) in times.sorted(by: { $0.value < $1.value }).prefix(excess) { part[key] = nil }
    }
}
