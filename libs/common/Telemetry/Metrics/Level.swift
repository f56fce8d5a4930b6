/// A count of what is there now (open connections, running requests): each thread adds and subtracts in its own cache
/// line. It is shown as a gauge.
public final class Level: Sendable {
    private let cells = ShardedCells(count: 1)

    init() {}

    @inline(__always)
    public func add(_ amount: Int = 1) { cells.add(amount) }

    @inline(__always)
    public func subtract(_ amount: Int = 1) { cells.add(-amount) }

    public var value: Int { cells.total() }
}
