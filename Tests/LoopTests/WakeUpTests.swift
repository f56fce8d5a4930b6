import Loop
import Testing

@Suite("Wake-ups from other threads", .timeLimit(.minutes(2)))
struct WakeUpTests {
    /// Touched on one loop only, so it needs no lock; a lost or doubled call shows.
    private final class Tally: @unchecked Sendable {
        var last = [Int](repeating: -1, count: 8)
        var total = 0
        var isInOrder = true
    }

    @Test("are never lost and keep their order: eight threads with ten thousand calls each")
    func calls() async throws {
        try await withLoop { loop in
            let tally = Tally()
            try await onThreads(8) { thread in
                for number in 0..<10_000 {
                    loop.execute {
                        tally.isInOrder = tally.isInOrder && tally.last[thread] == number - 1
                        tally.last[thread] = number
                        tally.total += 1
                    }
                }
            }
            let (total, isInOrder) = try await loop.run { (tally.total, tally.isInOrder) }
            #expect(total == 80_000)
            #expect(isInOrder)
        }
    }

    @Test("reach a loop that has just fallen asleep")
    func oneByOne() async throws {
        try await withLoop { loop in
            let answered = Journal<Int>()
            try await onThreads(8) { thread in
                for _ in 0..<500 {
                    // The next call comes when the loop has nothing else to do.
                    let gate = Gate()
                    loop.execute { gate.open() }
                    if gate.wait() { answered.append(thread) }
                }
            }
            #expect(answered.count == 4000)
        }
    }

    @Test("carry tasks: eight threads with a thousand each")
    func tasks() async throws {
        try await withLoop { loop in
            let ended = Journal<Bool>()
            await withTaskGroup(of: Void.self) { starters in
                for _ in 0..<8 {
                    starters.addTask {
                        var tasks: [Task<Void, Never>] = []
                        for _ in 0..<1000 {
                            tasks.append(
                                Task(executorPreference: loop) { ended.append(loop.isCurrent) })
                        }
                        for task in tasks { await task.value }
                    }
                }
            }
            #expect(ended.entries == Array(repeating: true, count: 8000))
        }
    }

    @Test("bounce between two loops")
    func pingPong() async throws {
        try await withLoops(2) { group in
            let (here, there) = (group.loops[0], group.loops[1])
            let rounds = try await here.run {
                var rounds = 0
                for _ in 0..<2000 where try await there.run({ there.isCurrent }) { rounds += 1 }
                return rounds
            }
            #expect(rounds == 2000)
        }
    }
}
