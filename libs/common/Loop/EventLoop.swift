import CLinux
import Glibc

/// One thread that waits in epoll and runs Swift tasks, timers and descriptor watches; one a core.
///
/// A task made with the loop as its executor preference stays on the loop's thread across every `await`, so
/// everything that belongs to one connection runs without locks and without hops. `serial` is the same loop as the
/// executor of an actor.
///
/// Unchecked because: the members under "loop thread only" are touched by that thread alone (checked by
/// `preconditionOnLoop` at every public door); `inbox` has its own lock; the rest is immutable.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// What other threads leave for the loop.
    struct Inbox {
        var jobs: [JobQueue.Entry] = []
        var calls: [@Sendable () -> Void] = []
        var isStopping = false
        /// The thread has left its loop; whoever puts something here takes care that it runs.
        var isClosed = false
        /// Some thread runs what is put here after the end.
        var isTended = false
    }

    public typealias TimerID = TimerHandle

    public struct TimerHandle: Hashable, Sendable {
        let id: TimerHeap<() -> Void>.ID
    }

    /// Jobs run between two looks at epoll, so that a flood of ready tasks cannot starve sockets and timers.
    static let jobsPerTurn = 512
    /// As `jobsPerTurn`, for jobs that take long.
    static let jobTimePerTurn = Nanoseconds(.milliseconds(2))
    static let eventsPerTurn = 512

    public let name: String
    /// This loop as the executor of actors.
    public let serial: LoopSerialExecutor
    let epoll: Int32
    let wakeUp: Int32
    let inbox = Locked(Inbox())

    // Loop thread only.
    var jobs = JobQueue()
    var watches = WatchTable()
    var timers = TimerHeap<() -> Void>()
    var attachments: [ObjectIdentifier: AnyObject] = [:]
    /// The parts of all clients on this loop; few enough to look through.
    var parts: [(number: Int, part: AnyObject)] = []
    var nextTurn: [() -> Void] = []
    /// The time at the start of this turn.
    public internal(set) var now = Deadline.now
    /// Counts the looks at epoll: work that asks for more than its share of one turn can tell that the next has begun.
    public internal(set) var turn: UInt64 = 0

    init(name: String) throws(LoopError) {
        self.name = name
        serial = LoopSerialExecutor()
        epoll = clinux_epoll_create()
        guard epoll >= 0 else { throw LoopError(operation: "epoll_create1", code: errno) }
        wakeUp = clinux_eventfd()
        // From here on `deinit` closes both, also when this throws.
        guard wakeUp >= 0 else { throw LoopError(operation: "eventfd", code: errno) }
        // Edge-triggered: every write is a new edge, so the counter never has to be read.
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = EventLoop.wakeUpMark
        epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event)
        serial.loop = self
    }

    deinit {
        close(wakeUp)
        close(epoll)
    }

    static let wakeUpMark = UInt64.max

    /// The loop that runs on this thread.
    public static var current: EventLoop? {
        guard let pointer = clinux_current_loop() else { return nil }
        return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    @inline(__always)
    public var isCurrent: Bool { clinux_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    @inline(__always)
    public func preconditionOnLoop() {
        precondition(isCurrent, "called off its event loop")
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        submit(JobQueue.Entry(job: UnownedJob(job), isIsolated: false))
    }

    func submit(_ entry: JobQueue.Entry) {
        if isCurrent {
            jobs.append(entry)
        } else {
            leave(entry)
        }
    }

    private func leave(_ entry: JobQueue.Entry) {
        leave { $0.jobs.append(entry) }
    }

    private func leave(_ put: (inout Inbox) -> Void) {
        enum Step { case none, wake, tend }
        let step: Step = inbox.withLock { inbox in
            let wasEmpty = inbox.jobs.isEmpty && inbox.calls.isEmpty
            put(&inbox)
            guard inbox.isClosed else { return wasEmpty ? .wake : .none }
            guard !inbox.isTended else { return .none }
            inbox.isTended = true
            return .tend
        }
        switch step {
        case .none: return
        case .wake: wake()
        case .tend: tendAfterEnd()
        }
    }

    func run(_ entry: JobQueue.Entry) {
        if entry.isIsolated {
            entry.job.runSynchronously(
                isolatedTo: serial.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        } else {
            entry.job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    // MARK: From any thread

    /// Runs `body` on the loop's thread soon; at once when already there is not promised. Bodies run in the order in
    /// which they were handed over.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        leave { $0.calls.append(body) }
    }

    func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }
}

/// A loop as the serial executor of actors: their jobs run isolated on the loop's thread.
public final class LoopSerialExecutor: SerialExecutor, @unchecked Sendable {
    /// Set once, before the loop's thread starts. Unowned: the loop owns this object.
    fileprivate(set) unowned var loop: EventLoop!

    public func enqueue(_ job: consuming ExecutorJob) {
        loop.submit(JobQueue.Entry(job: UnownedJob(job), isIsolated: true))
    }

    public func checkIsolated() {
        loop.preconditionOnLoop()
    }
}

/// A system call that failed.
public struct LoopError: Error, Sendable, CustomStringConvertible {
    public let operation: String
    public let code: Int32

    public init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
