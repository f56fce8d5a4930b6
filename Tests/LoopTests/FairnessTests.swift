import Loop
import Synchronization
import Testing

/// Something that never ends and always has work; the rest of the loop must get its share.
@Suite("A loop that is never idle", .serialized, .timeLimit(.minutes(1)))
struct FairnessTests {
    /// Keeps a loop busy until it is told to stop.
    private final class Hog: Sendable {
        let isStopped = Atomic(false)
        let runs = Atomic(0)

        var mayGoOn: Bool { !isStopped.load(ordering: .relaxed) }

        func stop() { isStopped.store(true, ordering: .relaxed) }

        func count() { runs.wrappingAdd(1, ordering: .relaxed) }
    }

    private enum Kind: CaseIterable { case jobs, longJobs, turns, timers, calls, descriptor }

    private static func start(_ kind: Kind, _ hog: Hog, on loop: EventLoop) throws {
        switch kind {
        case .jobs: enqueue(hog, on: loop, for: .zero)
        case .longJobs: enqueue(hog, on: loop, for: .milliseconds(1))
        case .turns: takeTurns(hog, on: loop)
        case .timers: arm(hog, on: loop)
        case .calls: call(hog, on: loop)
        case .descriptor:
            let pair = DescriptorPair()
            pair.feed()
            let probe = Probe()
            let token = try loop.watch(pair.near, for: .readable, trigger: .level, by: probe)
            probe.onReady = { _ in
                hog.count()
                if !hog.mayGoOn, pair.drain() > 0 { loop.unwatch(token) }
            }
        }
    }

    private static func enqueue(_ hog: Hog, on loop: EventLoop, for duration: Duration) {
        hog.count()
        if duration > .zero { spin(for: duration) }
        guard hog.mayGoOn else { return }
        Task(executorPreference: loop) { enqueue(hog, on: loop, for: duration) }
    }

    private static func takeTurns(_ hog: Hog, on loop: EventLoop) {
        hog.count()
        if hog.mayGoOn { loop.onNextTurn { takeTurns(hog, on: loop) } }
    }

    private static func arm(_ hog: Hog, on loop: EventLoop) {
        hog.count()
        if hog.mayGoOn { _ = loop.schedule(at: Deadline(nanoseconds: 0)) { arm(hog, on: loop) } }
    }

    private static func call(_ hog: Hog, on loop: EventLoop) {
        hog.count()
        if hog.mayGoOn { loop.execute { call(hog, on: loop) } }
    }

    @Test("still fires timers, sees descriptors, takes calls and runs other tasks", arguments: Kind.allCases)
    private func share(kind: Kind) async throws {
        try await withLoop { loop in
            // All on the loop and a thread, so that the hog's time does not depend on other tests.
            try await loop.run {
                let hog = Hog()
                defer { hog.stop() }
                try Self.start(kind, hog, on: loop)
                try await loop.sleep(for: .milliseconds(5))
                // From outside.
                let isCalled = try await onThread {
                    let gate = Gate()
                    loop.execute { gate.open() }
                    return gate.wait(for: .seconds(20))
                }
                #expect(isCalled)
                // From inside: a timer and a descriptor that becomes ready later.
                let fired = Journal<String>()
                let pair = DescriptorPair()
                let probe = Probe { _ in fired.append("descriptor") }
                let token = try loop.watch(pair.near, for: .readable, by: probe)
                _ = loop.schedule(at: loop.now + .milliseconds(2)) {
                    fired.append("timer")
                    pair.feed()
                }
                let limit = Deadline.after(.seconds(20))
                while fired.count < 2, Deadline.now < limit { await loop.yield() }
                #expect(fired.entries == ["timer", "descriptor"])
                loop.unwatch(token)
                let before = hog.runs.load(ordering: .relaxed)
                await loop.pass()
                #expect(hog.runs.load(ordering: .relaxed) > before)
            }
        }
    }

    @Test("looks at epoll after a few long jobs rather than after all")
    func longJobs() async throws {
        try await withLoop { loop in
            let runsBefore = try await loop.run {
                let runs = Journal<Int>()
                let told = Journal<Int>()
                let pair = DescriptorPair()
                let token = try loop.watch(pair.near, for: .readable, by: Probe { _ in told.append(runs.count) })
                pair.feed()
                let jobs = (0..<200).map { index in
                    Task(executorPreference: loop) {
                        spin(for: .milliseconds(1))
                        runs.append(index)
                    }
                }
                for job in jobs { await job.value }
                loop.unwatch(token)
                #expect(runs.entries == Array(0..<200))
                return told.entries.first
            }
            let runs = try #require(runsBefore)
            #expect(runs <= 32)
        }
    }

    @Test("gives whoever lets others go first the next turn, in order")
    func yielding() async throws {
        try await withLoop { loop in
            try await loop.run {
                let order = Journal<Int>()
                let turn = loop.turn
                for index in 0..<10 { loop.onNextTurn { order.append(index) } }
                #expect(order.count == 0)
                await loop.yield()
                #expect(order.entries == Array(0..<10))
                #expect(loop.turn == turn + 1)
            }
        }
    }
}
