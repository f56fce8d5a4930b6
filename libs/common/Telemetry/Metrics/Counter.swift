/// A number that only grows. Adding is one relaxed atomic operation on a cache line of the thread's own.
public final class Counter: Sendable {
    private let cells = ShardedCells(count: 1)

    init() {}

    /// Adds; a negative amount is ignored.
    @inline(__always)
    public func add(_ amount: Int = 1) {
        if amount > 0 { cells.add(amount) }
    }

    public var value: Int { cells.total() }
}
