/// How observations are spread over buckets, most often of latencies.
public final class Histogram: Sendable {
    public let buckets: Buckets
    /// One cell a bucket, one for what exceeds all bounds, and last the sum.
    private let cells: ShardedCells

    init(_ buckets: Buckets) {
        self.buckets = buckets
        cells = ShardedCells(count: buckets.bounds.count + 2)
    }

    /// Adds an observation in the unit of the bounds.
    public func observe(_ value: Int) {
        var bucket = 0
        let count = buckets.bounds.count
        buckets.bounds.withUnsafeBufferPointer { bounds in
            while bucket < count, bounds[bucket] < value { bucket += 1 }
        }
        cells.add(1, to: bucket, and: value, to: count + 1)
    }

    public func observe(nanoseconds: UInt64) { observe(Int(clamping: nanoseconds)) }

    public func observe(_ duration: Duration) { observe(duration.inNanoseconds) }

    struct Snapshot {
        /// How many observations were at most each bound; the last is all of them.
        let cumulative: [Int]
        let sum: Int
    }

    var snapshot: Snapshot {
        var running = 0
        let cumulative = (0...buckets.bounds.count).map { bucket in
            running += cells.total(bucket)
            return running
        }
        return Snapshot(cumulative: cumulative, sum: cells.total(buckets.bounds.count + 1))
    }

    public var count: Int { snapshot.cumulative.last ?? 0 }

    /// The sum of all observations, in the unit that is shown.
    public var sum: Double { Double(snapshot.sum) / buckets.scale }
}
