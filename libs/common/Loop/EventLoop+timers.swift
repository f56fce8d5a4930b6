extension EventLoop {
    /// Runs `body` on the loop's thread at `deadline`; never from within this call, also when that has passed.
    public func schedule(at deadline: Deadline, _ body: @escaping () -> Void) -> TimerHandle {
        preconditionOnLoop()
        // Not before the present turn, so that a new timer cannot push in before those that are due already.
        return TimerHandle(id: timers.insert(deadline: max(deadline, now).nanoseconds, body))
    }

    /// Cancels a timer; false when it already fired or was cancelled.
    @discardableResult
    public func cancel(_ timer: TimerHandle) -> Bool {
        preconditionOnLoop()
        return timers.remove(timer.id) != nil
    }

    /// How many timers are armed; a gauge.
    public var timerCount: Int {
        preconditionOnLoop()
        return timers.count
    }

    /// Sleeps without leaving the loop. Called from any thread; the timer is the loop's.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        try await sleep(until: .after(duration))
    }

    public func sleep(until deadline: Deadline) async throws(CancellationError) {
        let sleeper = Sleeper()
        let isCancelled = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if isCurrent {
                    sleeper.arm(on: self, deadline, continuation)
                } else {
                    execute { sleeper.arm(on: self, deadline, continuation) }
                }
            }
        } onCancel: {
            execute { sleeper.cancel(on: self) }
        }
        if isCancelled { throw CancellationError() }
    }
}

/// One sleeping task: resumed once, by its timer or by cancellation, whichever comes first, even before the arming.
///
/// Unchecked because every member is touched on the loop's thread only.
private final class Sleeper: @unchecked Sendable {
    private var continuation: UnsafeContinuation<Bool, Never>?
    private var timer: EventLoop.TimerHandle?
    private var isCancelled = false

    func arm(on loop: EventLoop, _ deadline: Deadline, _ continuation: UnsafeContinuation<Bool, Never>) {
        guard !isCancelled else { return continuation.resume(returning: true) }
        self.continuation = continuation
        timer = loop.schedule(at: deadline) { self.finish(cancelled: false) }
    }

    func cancel(on loop: EventLoop) {
        isCancelled = true
        if let timer { loop.cancel(timer) }
        finish(cancelled: true)
    }

    private func finish(cancelled: Bool) {
        continuation?.resume(returning: cancelled)
        continuation = nil
        timer = nil
    }
}
