import Glibc
import Testing

@testable import Loop

@Suite("A group of loops", .timeLimit(.minutes(1)))
struct EventLoopGroupTests {
    /// Descriptors of the kind that wakes a loop, those of loops in other tests included.
    private var wakeUpDescriptors: Int { descriptorDetails().count { $0.contains("eventfd-count:") } }

    private struct Weak {
        weak var loop: EventLoop?
    }

    @Test("gives its loops in turn, from every thread")
    func roundRobin() async throws {
        try await withLoops(3) { group in
            let names = (0..<7).map { _ in group.nextLoop().name }
            #expect(names == ["loop-0", "loop-1", "loop-2", "loop-0", "loop-1", "loop-2", "loop-0"])
            let given = Locked<[String: Int]>([:])
            try await onThreads(4) { _ in
                for _ in 0..<300 { given.withLock { $0[group.nextLoop().name, default: 0] += 1 } }
            }
            #expect(given.withLock { $0 } == ["loop-0": 400, "loop-1": 400, "loop-2": 400])
        }
    }

    @Test("has a loop a core unless told otherwise, each on a thread of its own")
    func count() async throws {
        try await withLoops(0) { group in
            let status = try #require(contents(of: "/proc/self/status"))
            let allowed = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") })
            let cores = allowed.split(separator: "\t").last?.compactMap(\.hexDigitValue)
                .reduce(0) { $0 + $1.nonzeroBitCount }
            #expect(group.loops.count == cores)
        }
        try await withLoops(4) { group in
            var threads: Set<pthread_t> = []
            for loop in group.loops { threads.insert(try await loop.run { pthread_self() }) }
            #expect(threads.count == 4)
        }
    }

    @Test("that is stopped has ended its threads and closed its descriptors")
    func stop() async throws {
        let before = wakeUpDescriptors
        var loops: [Weak] = []
        for round in 0..<150 {
            let group = try EventLoopGroup(count: 4, name: "ending")
            loops += group.loops.map { Weak(loop: $0) }
            if round == 0 {
                // A thread names itself when it begins.
                for loop in group.loops { try await loop.run {} }
                #expect(threadNames().count { $0.hasPrefix("ending-") } == 4)
            }
            group.stop()
        }
        #expect(!threadNames().contains { $0.hasPrefix("ending-") })
        #expect(loops.allSatisfy { $0.loop == nil })
        // 600 would be left if they were not closed; other tests have some dozens.
        #expect(wakeUpDescriptors < before + 300)
    }

    @Test("lets go of the timers and watches that were left, and of all that they hold")
    func abandoned() async throws {
        /// Holds its loop, as connections do, and is held by it.
        final class Holder: Pollable {
            let loop: EventLoop
            init(_ loop: EventLoop) { self.loop = loop }
            func ready(_ readiness: Readiness) {}
        }
        var left: Weak?
        let pair = DescriptorPair()
        do {
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            left = Weak(loop: loop)
            try await loop.run {
                let holder = Holder(loop)
                _ = try loop.watch(pair.near, for: .readable, by: holder)
                _ = loop.schedule(at: .distantFuture) { holder.ready(.readable) }
            }
            group.stop()
        }
        #expect(left?.loop == nil)
    }

    @Test("does what it was given before it was stopped")
    func accepted() async throws {
        let group = try EventLoopGroup(count: 2)
        let done = Counter()
        for _ in 0..<1000 {
            let loop = group.nextLoop()
            loop.execute {
                done.add()
                // And what follows from it.
                Task(executorPreference: loop) {
                    await loop.yield()
                    done.add()
                }
            }
        }
        group.stop()
        #expect(done.value == 2000)
    }

    @Test("may be stopped twice")
    func stopTwice() throws {
        let group = try EventLoopGroup(count: 1)
        group.stop()
        group.stop()
        #expect(threadNames().count > 0)
    }
}
