import Glibc
import Loop
import Testing

/// Events that epoll hands over together, of which one callback makes another void.
@Suite("Events of one batch", .timeLimit(.minutes(1)))
struct StaleEventTests {
    @Test("for a watch that ended a moment ago go nowhere")
    func removedByNeighbour() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pairs = [DescriptorPair(), DescriptorPair()]
                let probes = [Probe(), Probe()]
                for pair in pairs { pair.feed() }
                let tokens = try zip(pairs, probes).map { pair, probe in
                    try loop.watch(pair.near, for: .readable, by: probe)
                }
                // Both are ready when epoll is asked; whichever comes first ends the other.
                probes[0].onReady = { _ in loop.unwatch(tokens[1]) }
                probes[1].onReady = { _ in loop.unwatch(tokens[0]) }
                await loop.pass()
                #expect(probes[0].calls.count + probes[1].calls.count == 1)
                #expect(loop.watchCount == 1)
                for token in tokens { loop.unwatch(token) }
            }
        }
    }

    @Test("do not reach a new watch on a descriptor with the same number")
    func reusedDescriptor() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pairs = [DescriptorPair(), DescriptorPair()]
                let quiet = DescriptorPair()
                let probes = [Probe(), Probe()]
                let successor = Probe()
                var successorToken: WatchToken?
                for pair in pairs { pair.feed() }
                let tokens = try zip(pairs, probes).map { pair, probe in
                    try loop.watch(pair.near, for: .readable, by: probe)
                }
                func replace(_ other: Int) {
                    loop.unwatch(tokens[other])
                    // Closes the other's descriptor and puts the quiet pipe in its place.
                    dup2(quiet.near, pairs[other].near)
                    successorToken = try? loop.watch(pairs[other].near, for: .readable, by: successor)
                }
                probes[0].onReady = { _ in replace(1) }
                probes[1].onReady = { _ in replace(0) }
                await loop.pass()
                #expect(probes[0].calls.count + probes[1].calls.count == 1)
                #expect(successorToken != nil)
                #expect(successor.calls.isEmpty)
                quiet.feed()
                await loop.pass()
                #expect(successor.calls.count == 1)
                for token in tokens { loop.unwatch(token) }
                if let successorToken { loop.unwatch(successorToken) }
                for probe in probes { probe.onReady = nil }
            }
        }
    }

    @Test("are all told, more than fit into one batch included")
    func manyDescriptors() async throws {
        try await withLoop { loop in
            try await loop.run {
                let pairs = (0..<700).map { _ in DescriptorPair() }
                let probes = pairs.map { _ in Probe() }
                let tokens = try zip(pairs, probes).map { pair, probe in
                    try loop.watch(pair.near, for: .readable, by: probe)
                }
                for pair in pairs { pair.feed() }
                await loop.pass(6)
                #expect(probes.allSatisfy { $0.calls == [.readable] })
                for token in tokens { loop.unwatch(token) }
            }
        }
    }
}
