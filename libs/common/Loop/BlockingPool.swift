import CLinux
import Glibc
import Synchronization

/// A bounded pool of threads for work that blocks: file reads, image decoding, hashing of large bodies.
///
/// Threads start as they are needed and end when idle for long. A full queue refuses at once rather than grow.
public final class BlockingPool: Sendable {
    public struct Overloaded: Error, Sendable {
        public init() {}
    }

    private struct State {
        var queue = WorkQueue()
        var threads = 0
        var idle = 0
        /// Pieces of work under way.
        var busy = 0
        var isStopped = false

        mutating func take() -> WorkQueue.Item? {
            guard let item = queue.popFirst() else { return nil }
            busy += 1
            return item
        }
    }

    public let maximumThreads: Int
    /// Work that may wait while every thread is busy.
    public let maximumQueued: Int
    private let state = Locked(State())
    private let condition = ThreadCondition()
    private let nextID = Atomic<UInt64>(0)

    public init(maximumThreads: Int = 16, maximumQueued: Int = 4096) {
        self.maximumThreads = max(1, maximumThreads)
        self.maximumQueued = max(1, maximumQueued)
    }

    /// Work that waits for a thread; a gauge.
    public var queued: Int { state.withLock { $0.queue.count } }

    /// Threads that exist, working or idle; a gauge.
    public var threads: Int { state.withLock { $0.threads } }

    /// Runs `work` on a thread of the pool and comes back on the caller's executor. Cancellation takes back work that
    /// still waits; work that began is not interrupted.
    public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try Task.checkCancellation()
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        // Handed over under a lock of our own rather than by the continuation: the thread sanitizer cannot see that one
        // is resumed by another thread before its task has suspended.
        let outcome = Locked<Swift.Result<Result, any Error>>(.failure(CancellationError()))
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let item = WorkQueue.Item(
                    id: id,
                    work: {
                        let result = Swift.Result { try work() }
                        outcome.withLock { $0 = result }
                        return { continuation.resume() }
                    },
                    withdraw: { continuation.resume() })
                guard submit(item) else {
                    outcome.withLock { $0 = .failure(Overloaded()) }
                    return continuation.resume()
                }
                // Cancelled before it was in the queue, where the handler could not find it.
                if Task.isCancelled { withdraw(id) }
            }
        } onCancel: {
            withdraw(id)
        }
        return try outcome.withLock { $0 }.get()
    }

    private func withdraw(_ id: UInt64) {
        state.withLock { $0.queue.remove(id) }?.withdraw()
    }

    private func submit(_ item: WorkQueue.Item) -> Bool {
        enum Step { case refuse, signal, start }
        let step: Step = state.withLock { state in
            guard !state.isStopped, state.busy + state.queue.count < maximumThreads + maximumQueued else {
                return .refuse
            }
            state.queue.append(item)
            if state.idle >= state.queue.count || state.threads >= maximumThreads { return .signal }
            state.threads += 1
            return .start
        }
        switch step {
        case .refuse: return false
        case .signal: condition.signal()
        case .start: startWorker()
        }
        return true
    }

    private func startWorker() {
        if let thread = try? startThread(named: "blocking", { self.work() }) {
            pthread_detach(thread)
            return
        }
        // Another thread may exist and take what waits; with none at all the caller's thread must do it.
        let item = state.withLock { state in
            state.threads -= 1
            return state.threads == 0 ? state.take() : nil
        }
        if let item { perform(item) }
    }

    private func work() {
        while let item = nextItem() { perform(item) }
    }

    /// The thread counts as free before anybody is told, so that who comes back with more finds room.
    private func perform(_ item: WorkQueue.Item) {
        let tell = item.work()
        state.withLock { $0.busy -= 1 }
        tell()
    }

    private func nextItem() -> WorkQueue.Item? {
        let deadline = Deadline.after(.seconds(10))
        while true {
            let ticket = condition.ticket()
            let (item, mustEnd) = state.withLock { state -> (WorkQueue.Item?, Bool) in
                if let item = state.take() { return (item, false) }
                if state.isStopped || Deadline.now >= deadline {
                    state.threads -= 1
                    return (nil, true)
                }
                state.idle += 1
                return (nil, false)
            }
            if let item { return item }
            if mustEnd { return nil }
            condition.wait(ticket, until: deadline)
            state.withLock { $0.idle -= 1 }
        }
    }

    /// Refuses new work and lets the threads end once what is queued is done.
    public func stop() {
        state.withLock { $0.isStopped = true }
        condition.broadcast()
    }
}
