import Loop
import Testing

@Suite("A loop as task executor", .timeLimit(.minutes(1)))
struct TaskExecutorTests {
    private actor Visited {
        private(set) var loops: [String?] = []

        func visit() {
            loops.append(EventLoop.current?.name)
        }
    }

    private nonisolated func callee(of loop: EventLoop) async -> Bool {
        await Task.yield()
        return loop.isCurrent
    }

    @concurrent
    private func concurrentCallee(of loop: EventLoop) async -> Bool {
        loop.isCurrent
    }

    @Test("keeps a task on its thread across every await")
    func staysAcrossAwaits() async throws {
        try await withLoops(2) { group in
            let (loop, other) = (group.loops[0], group.loops[1])
            let pool = BlockingPool(maximumThreads: 1)
            try await loop.run {
                #expect(loop.isCurrent)
                await Task.yield()
                #expect(loop.isCurrent)
                await loop.yield()
                #expect(loop.isCurrent)
                try await loop.sleep(for: .milliseconds(1))
                #expect(loop.isCurrent)
                let wasElsewhere = try await other.run { other.isCurrent && !loop.isCurrent }
                #expect(wasElsewhere)
                #expect(loop.isCurrent)
                let isOnPool = try await pool.run { EventLoop.current == nil }
                #expect(isOnPool)
                #expect(loop.isCurrent)
                try await Task.sleep(for: .milliseconds(1))
                #expect(loop.isCurrent)
                #expect(EventLoop.current === loop)
            }
            pool.stop()
        }
    }

    @Test("keeps callees, child tasks and default actors there, too")
    func inherited() async throws {
        try await withLoop { loop in
            try await loop.run {
                let isCalleeThere = await callee(of: loop)
                #expect(isCalleeThere)
                let isConcurrentCalleeThere = await concurrentCallee(of: loop)
                #expect(isConcurrentCalleeThere)
                async let bound = callee(of: loop)
                let isBoundThere = await bound
                #expect(isBoundThere)
                let children = await withTaskGroup(of: Bool.self) { tasks in
                    for _ in 0..<20 { tasks.addTask { await callee(of: loop) } }
                    return await tasks.reduce(into: []) { $0.append($1) }
                }
                #expect(children == Array(repeating: true, count: 20))
                let visited = Visited()
                await visited.visit()
                let loops = await visited.loops
                #expect(loops == [loop.name])
            }
        }
    }

    @Test("leaves detached tasks to Swift's own threads")
    func detached() async throws {
        try await withLoop { loop in
            try await loop.run {
                let isThere = await Task.detached { await callee(of: loop) }.value
                #expect(!isThere)
                #expect(loop.isCurrent)
            }
        }
    }

    @Test("runs thousands of tasks at once, each to its end")
    func flood() async throws {
        try await withLoop { loop in
            let sum = try await loop.run {
                await withTaskGroup(of: Int.self) { tasks in
                    // More than its queue holds at first.
                    for index in 0..<5000 {
                        tasks.addTask {
                            for _ in 0..<index % 4 { await loop.yield() }
                            return index
                        }
                    }
                    return await tasks.reduce(0, +)
                }
            }
            #expect(sum == 5000 * 4999 / 2)
        }
    }

    @Test("hands on results, errors and cancellation")
    func run() async throws {
        struct Wrong: Error {}
        try await withLoop { loop in
            let value = try await loop.run { 7 }
            #expect(value == 7)
            await #expect(throws: Wrong.self) { try await loop.run { throw Wrong() } }
            let hasBegun = Gate()
            let task = Task {
                try await loop.run {
                    hasBegun.open()
                    while true { try await loop.sleep(for: .milliseconds(1)) }
                }
            }
            hasBegun.wait()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
