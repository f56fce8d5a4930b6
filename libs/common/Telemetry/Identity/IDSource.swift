import CLinux
import Glibc
import Synchronization

/// Where request, trace and span ids come from; tests replace it with a counting one.
public protocol IDSource: Sendable {
    func next64() -> UInt64
    func next128() -> (high: UInt64, low: UInt64)
}

/// Ids that do not repeat, made without system calls or locks.
///
/// Each thread counts in its own shard, and two bijective mixes over differently seeded counters make the halves: within
/// a process ids cannot repeat before the counter does, and across processes 128 bits of seed keep them apart. They are
/// not secrets: who sees some could work out others.
public final class RandomIDs: IDSource {
    private final class Shard: Sendable {
        private let counter = Atomic<UInt64>(0)
        private let seeds: (high: UInt64, low: UInt64, single: UInt64)
        /// Keeps the counters of two shards off the same cache line.
        private let padding: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        init(random: () -> UInt64) { seeds = (random(), random(), random()) }

        func next64() -> UInt64 { mix(seeds.single &+ next()) }

        func next128() -> (high: UInt64, low: UInt64) {
            let step = next()
            return (mix(seeds.high &+ step), mix(seeds.low &+ step))
        }

        private func next() -> UInt64 {
            counter.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
        }
    }

    private let shards: [Shard]

    /// Seeds from the kernel's random numbers, or from the given source.
    public init(seededBy random: () -> UInt64 = { UInt64.random(in: .min ... .max) }) {
        shards = (0..<8).map { _ in Shard(random: random) }
    }

    private var shard: Shard { shards[Int(clinux_thread_shard() & 7)] }

    public func next64() -> UInt64 { shard.next64() }

    public func next128() -> (high: UInt64, low: UInt64) { shard.next128() }
}

/// The finaliser of SplitMix64.
@inline(__always)
private func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
}
