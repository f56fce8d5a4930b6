import Loop
import TestKit
import Testing

@Suite("A loop that has ended", .timeLimit(.minutes(1)))
struct StoppedLoopTests {
    /// Touched by whoever runs the loop's calls, which is one thread at a time; so it needs no lock.
    private final class Tally: @unchecked Sendable {
        var total = 0
    }

    private func stoppedLoop() throws -> EventLoop {
        let group = try EventLoopGroup(count: 1)
        group.stop()
        return group.loops[0]
    }

    @Test("still lets a sleeping task be cancelled")
    func cancelledSleep() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let sleeper = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3600)) }
        let isArmed = try await eventually { try await loop.run { loop.timerCount == 1 } }
        #expect(isArmed)
        group.stop()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test("runs calls and tasks on the thread that brings them, as the loop")
    func broughtWork() async throws {
        let loop = try stoppedLoop()
        let seen = Journal<Bool>()
        loop.execute {
            seen.append(loop.isCurrent)
            loop.execute { seen.append(loop.isCurrent) }
        }
        #expect(seen.entries == [true, true])
        #expect(EventLoop.current == nil)
        let isCurrent = try await loop.run {
            await loop.yield()
            return loop.isCurrent
        }
        #expect(isCurrent)
    }

    @Test("runs one thing at a time, whoever brings it")
    func exclusion() async throws {
        let loop = try stoppedLoop()
        let tally = Tally()
        try await onThreads(8) { _ in
            for _ in 0..<5000 { loop.execute { tally.total += 1 } }
        }
        let total = try await loop.run { tally.total }
        #expect(total == 40_000)
    }

    @Test("and another may bring each other work")
    func twoLoops() async throws {
        let loops = [try stoppedLoop(), try stoppedLoop()]
        let done = Journal<Int>()
        try await onThreads(2) { index in
            for _ in 0..<500 {
                loops[index].execute { loops[1 - index].execute { done.append(index) } }
            }
        }
        // What one thread left to the other is done when that has come back.
        #expect(done.count == 1000)
    }
}
