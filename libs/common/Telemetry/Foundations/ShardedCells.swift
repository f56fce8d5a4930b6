import CLinux
import Synchronization

/// Counters that many threads add to without sharing a cache line: each thread adds to its own shard,
/// a reader sums the shards.
///
/// `@unchecked Sendable`: the pointer never changes and its memory is reached through atomics alone.
final class ShardedCells: @unchecked Sendable {
    private static let shards = 8
    private static let cellsPerCacheLine = 8

    let count: Int
    private let stride: Int
    private let cells: UnsafeMutablePointer<Atomic<Int>>

    init(count: Int) {
        self.count = count
        let line = Self.cellsPerCacheLine
        stride = (count + line - 1) / line * line
        let total = stride * Self.shards
        let memory = UnsafeMutableRawPointer.allocate(byteCount: total * MemoryLayout<Int>.stride, alignment: 64)
        cells = memory.bindMemory(to: Atomic<Int>.self, capacity: total)
        for index in 0..<total { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit { UnsafeMutableRawPointer(cells).deallocate() }

    /// The position of the calling thread's first cell.
    @inline(__always)
    private var shardStart: Int { Int(clinux_thread_shard() % UInt32(Self.shards)) &* stride }

    @inline(__always)
    func add(_ amount: Int, to cell: Int = 0) {
        cells[shardStart &+ cell].wrappingAdd(amount, ordering: .relaxed)
    }

    /// Adds to two cells of the same shard: a histogram's bucket and its sum.
    @inline(__always)
    func add(_ amount: Int, to cell: Int, and other: Int, to otherCell: Int) {
        let start = shardStart
        cells[start &+ cell].wrappingAdd(amount, ordering: .relaxed)
        cells[start &+ otherCell].wrappingAdd(other, ordering: .relaxed)
    }

    func total(_ cell: Int = 0) -> Int {
        var sum = 0
        for shard in 0..<Self.shards { sum &+= cells[shard * stride + cell].load(ordering: .relaxed) }
        return sum
    }
}
