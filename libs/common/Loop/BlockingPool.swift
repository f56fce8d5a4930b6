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
        var queue: [@Sendable () -> Void] = []
        var head = 0
        var threads = 0
        var idle = 0
        var isStopped = false

        var waiting: Int { queue.count - head }

        mutating func take() -> (@Sendable () -> Void)? {
            guard head < queue.count else { return nil }
            let work = queue[head]
            queue[head] = {}
            head += 1
            if head == queue.count || head > 1024 {
                queue.removeFirst(head)
                head = 0
            }
            return work
        }
    }

    public let maximumThreads: Int
    public let maximumQueued: Int
    private let state = Mutex(State())
    private let condition = ThreadCondition()

    public init(maximumThreads: Int = 16, maximumQueued: Int = 4096) {
        self.maximumThreads = max(1, maximumThreads)
        self.maximumQueued = max(1, maximumQueued)
    }

    /// Work that waits for a thread; a gauge.
    public var queued: Int { state.withLock { $0.waiting } }

    /// Runs `work` on a thread of the pool and comes back on the caller's executor. Work that began is not interrupted.
    public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try Task.checkCancellation()
        let outcome: Swift.Result<Result, any Error> = await withUnsafeContinuation { continuation in
            let accepted = submit { continuation.resume(returning: Swift.Result { try work() }) }
            if !accepted { continuation.resume(returning: .failure(Overloaded())) }
        }
        return try outcome.get()
    }

    private func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        enum Step { case refuse, signal, start }
        let step: Step = state.withLock { state in
            guard !state.isStopped, state.waiting < maximumQueued else { return .refuse }
            state.queue.append(work)
            if state.idle >= state.waiting || state.threads >= maximumThreads { return .signal }
            state.threads += 1
            return .start
        }
        switch step {
        case .refuse: return false
        case .signal: condition.signal()
        case .start:
            guard let thread = try? startThread(named: "blocking", { self.work() }) else {
                state.withLock { $0.threads -= 1 }
                // Another thread may exist and take it; with none at all the caller's thread must do it.
                if state.withLock({ $0.threads }) == 0, let work = state.withLock({ $0.take() }) { work() }
                return true
            }
            pthread_detach(thread)
        }
        return true
    }

    private func work() {
        while let work = nextWork() { work() }
    }

    private func nextWork() -> (@Sendable () -> Void)? {
        let deadline = Deadline.after(.seconds(10))
        while true {
            let ticket = condition.ticket()
            let (work, mustEnd) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                if let work = state.take() { return (work, false) }
                if state.isStopped || Deadline.now >= deadline {
                    state.threads -= 1
                    return (nil, true)
                }
                state.idle += 1
                return (nil, false)
            }
            if let work { return work }
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
