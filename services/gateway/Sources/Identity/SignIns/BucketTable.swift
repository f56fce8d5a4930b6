import HTTP
import Loop

/// Buckets by key, in bounded memory. What is full again is forgotten first; when all are in use, the table begins anew for
/// those that have most left.
struct BucketTable: Sendable {
    let rate: TokenBucket.Rate
    private let capacity: Int
    private var buckets: [String: TokenBucket] = [:]

    init(_ rate: TokenBucket.Rate, capacity: Int) {
        self.rate = rate
        self.capacity = max(8, capacity)
    }

    var count: Int { buckets.count }

    mutating func take(_ key: String, at now: Deadline) -> TokenBucket.Answer {
        var bucket = buckets[key] ?? TokenBucket()
        let answer = bucket.take(rate, at: now)
        if buckets[key] == nil, buckets.count >= capacity { makeRoom(at: now) }
        buckets[key] = bucket
        return answer
    }

    private mutating func makeRoom(at now: Deadline) {
        buckets = buckets.filter { $0.value.timeToFull(at: now) > .zero }
        guard buckets.count >= capacity else { return }
        let fullest = buckets.sorted { $0.value.timeToFull(at: now) < $1.value.timeToFull(at: now) }
        for (key, _) in fullest.prefix(capacity / 4 + 1) { buckets[key] = nil }
    }
}
