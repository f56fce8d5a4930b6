import Glibc
import Loop
import Synchronization

/// Runs `body` with loops of its own, which are stopped afterwards.
func withLoops<Result>(
    _ count: Int = 1, name: String = "loop", body: (EventLoopGroup) async throws -> Result
) async throws -> Result {
    let group = try EventLoopGroup(count: count, name: name)
    defer { group.stop() }
    return try await body(group)
}

func withLoop<Result>(body: (EventLoop) async throws -> Result) async throws -> Result {
    try await withLoops { try await body($0.loops[0]) }
}

/// What happened, in order; written by callbacks, read by tests.
final class Journal<Entry: Sendable>: Sendable {
    private let mutex = Locked<[Entry]>([])

    var entries: [Entry] { mutex.withLock { $0 } }
    var count: Int { mutex.withLock { $0.count } }

    func append(_ entry: Entry) {
        mutex.withLock { $0.append(entry) }
    }
}

/// A number that many change at once; it remembers the highest it has been.
final class Counter: Sendable {
    private let mutex = Locked((now: 0, highest: 0))

    var value: Int { mutex.withLock { $0.now } }
    var highest: Int { mutex.withLock { $0.highest } }

    func add(_ change: Int = 1) {
        mutex.withLock { state in
            state.now += change
            state.highest = max(state.highest, state.now)
        }
    }
}

/// A flag that one side raises and the other waits for; waiting holds a thread.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() {
        isOpen.store(true, ordering: .releasing)
    }

    /// False when it was not opened in time.
    @discardableResult
    func wait(for limit: Duration = .seconds(30)) -> Bool {
        let deadline = Deadline.after(limit)
        while !isOpen.load(ordering: .acquiring) {
            if Deadline.now > deadline { return false }
            usleep(500)
        }
        return true
    }
}

/// Runs `body` on `count` threads at once and comes back when all have ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        for index in 0..<count {
            tasks.addTask { try await onThread { body(index) } }
        }
        try await tasks.waitForAll()
    }
}

/// Runs `body` on a thread of its own, which it may hold for long.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    let outcome: Swift.Result<Result, any Error> = await withUnsafeContinuation { continuation in
        do {
            let thread = try startThread(named: "test") {
                continuation.resume(returning: Swift.Result { try body() })
            }
            pthread_detach(thread)
        } catch {
            continuation.resume(returning: .failure(error))
        }
    }
    return try outcome.get()
}

/// Holds the thread for a while, as a computation would.
func spin(for duration: Duration) {
    let end = Deadline.after(duration)
    while Deadline.now < end {}
}
