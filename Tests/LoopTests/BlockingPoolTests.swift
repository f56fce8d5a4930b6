import Loop
import TestKit
import Testing

@Suite("The blocking pool", .timeLimit(.minutes(1)))
struct BlockingPoolTests {
    private struct Wrong: Error {}

    private func withPool(
        threads: Int, queued: Int = 4096, body: (BlockingPool) async throws -> Void
    ) async throws {
        let pool = BlockingPool(maximumThreads: threads, maximumQueued: queued)
        defer { pool.stop() }
        try await body(pool)
    }

    /// Fills a pool of one thread with work that ends when the gate opens.
    private func occupy(_ pool: BlockingPool, until gate: Gate) async throws -> Task<Bool, any Error> {
        let hasBegun = Gate()
        let task = Task {
            try await pool.run {
                hasBegun.open()
                return gate.wait()
            }
        }
        let isBusy = await eventually { hasBegun.wait(for: .zero) }
        #expect(isBusy)
        return task
    }

    @Test("answers results and errors, and comes back to the caller's loop")
    func outcome() async throws {
        try await withPool(threads: 2) { pool in
            try await withLoop { loop in
                try await loop.run {
                    let isOnLoop = try await pool.run { loop.isCurrent }
                    #expect(!isOnLoop)
                    #expect(loop.isCurrent)
                    await #expect(throws: Wrong.self) { try await pool.run { throw Wrong() } }
                    #expect(loop.isCurrent)
                }
            }
        }
    }

    @Test("uses as many threads as it may, and no more")
    func bound() async throws {
        try await withPool(threads: 3) { pool in
            let inside = Counter()
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<30 {
                    tasks.addTask {
                        try await pool.run {
                            inside.add()
                            gate.wait()
                            inside.add(-1)
                        }
                    }
                }
                let isFull = await eventually { inside.value == 3 && pool.queued == 27 }
                #expect(isFull)
                gate.open()
                try await tasks.waitForAll()
            }
            #expect(inside.highest == 3)
            #expect(pool.queued == 0)
        }
    }

    @Test("does what waits in the order in which it came")
    func order() async throws {
        try await withPool(threads: 1) { pool in
            let gate = Gate()
            let first = try await occupy(pool, until: gate)
            let done = Journal<Int>()
            var tasks: [Task<Void, any Error>] = []
            for index in 0..<20 {
                tasks.append(Task { try await pool.run { done.append(index) } })
                let waits = await eventually { pool.queued == index + 1 }
                #expect(waits)
            }
            gate.open()
            for task in tasks { try await task.value }
            _ = try await first.value
            #expect(done.entries == Array(0..<20))
        }
    }

    @Test("takes back work that waits when its task is cancelled")
    func cancelledWhileWaiting() async throws {
        try await withPool(threads: 1, queued: 3) { pool in
            let gate = Gate()
            let first = try await occupy(pool, until: gate)
            let done = Journal<Int>()
            let tasks = (0..<3).map { index in Task { try await pool.run { done.append(index) } } }
            let allWait = await eventually { pool.queued == 3 }
            #expect(allWait)
            tasks[1].cancel()
            // The thread is still held: only the withdrawal can end this wait.
            await #expect(throws: CancellationError.self) { try await tasks[1].value }
            #expect(pool.queued == 2)
            // Its place is free again.
            let successor = Task { try await pool.run { done.append(3) } }
            let successorWaits = await eventually { pool.queued == 3 }
            #expect(successorWaits)
            gate.open()
            for task in [tasks[0], tasks[2], successor] { try await task.value }
            _ = try await first.value
            #expect(done.entries.sorted() == [0, 2, 3])
        }
    }

    @Test("does not interrupt work that began, and begins none for a cancelled task")
    func cancelledLaterOrBefore() async throws {
        try await withPool(threads: 1) { pool in
            let gate = Gate()
            let begun = try await occupy(pool, until: gate)
            begun.cancel()
            gate.open()
            let wasOpened = try await begun.value
            #expect(wasOpened)
            let mayBegin = Gate()
            let never = Journal<Int>()
            let cancelled = Task {
                mayBegin.wait()
                try await pool.run { never.append(1) }
            }
            cancelled.cancel()
            mayBegin.open()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(never.count == 0)
        }
    }

    @Test("refuses at once what exceeds its queue")
    func queueLimit() async throws {
        try await withPool(threads: 1, queued: 2) { pool in
            let gate = Gate()
            let first = try await occupy(pool, until: gate)
            let waiting = (0..<2).map { _ in Task { try await pool.run {} } }
            let isFull = await eventually { pool.queued == 2 }
            #expect(isFull)
            await #expect(throws: BlockingPool.Overloaded.self) { try await pool.run {} }
            gate.open()
            _ = try await first.value
            for task in waiting { try await task.value }
            try await pool.run {}
        }
    }

    @Test("takes a burst for all its threads however short its queue")
    func burst() async throws {
        try await withPool(threads: 16, queued: 1) { pool in
            let gate = Gate()
            let inside = Counter()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<16 {
                    tasks.addTask {
                        try await pool.run {
                            inside.add()
                            gate.wait()
                        }
                    }
                }
                let allRun = await eventually { inside.value == 16 }
                #expect(allRun)
                gate.open()
                try await tasks.waitForAll()
            }
        }
    }

    @Test("that is stopped finishes what waits and refuses what comes")
    func stop() async throws {
        let pool = BlockingPool(maximumThreads: 1)
        let gate = Gate()
        let first = try await occupy(pool, until: gate)
        let waiting = Task { try await pool.run { 7 } }
        let waits = await eventually { pool.queued == 1 }
        #expect(waits)
        pool.stop()
        await #expect(throws: BlockingPool.Overloaded.self) { try await pool.run {} }
        gate.open()
        _ = try await first.value
        let value = try await waiting.value
        #expect(value == 7)
    }

    @Test("loses nothing when cancellation meets the beginning of work")
    func race() async throws {
        try await withPool(threads: 4) { pool in
            let done = Counter()
            let outcomes = await withTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<1000 {
                    tasks.addTask {
                        let task = Task { try await pool.run { done.add() } }
                        await Task.yield()
                        task.cancel()
                        return (try? await task.value) != nil
                    }
                }
                return await tasks.reduce(into: [true: 0, false: 0]) { $0[$1, default: 0] += 1 }
            }
            // Whoever was told that it was done finds it done, and nobody else's was.
            #expect(outcomes[true] == done.value)
            #expect(pool.queued == 0)
        }
    }
}
