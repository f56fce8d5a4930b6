import Loop

/// One attempt that a worker has under way: its lease, what it has to report, and the bells between its tasks.
final class RunningAttempt: Sendable {
    private struct State {
        var life = LeaseLife()
        var buffer: ReportBuffer
        var isDone = false
        /// The number of the last event that is known to be written.
        var lastEvent: Int
    }

    let job: ClaimedJob
    let handler: JobHandler
    let began = Deadline.now
    let deadline: Deadline?
    /// Rings when there is something to attend to.
    let bell = Doorbell()
    /// Rings when the handler has ended or is to end.
    let stopBell = Doorbell()
    private let state: Locked<State>

    init(_ job: ClaimedJob, _ handler: JobHandler, _ settings: JobSettings) {
        self.job = job
        self.handler = handler
        deadline = handler.timeLimit.map { .now + $0 }
        state = Locked(State(buffer: ReportBuffer(settings), lastEvent: job.startedEvent))
    }

    func note(_ change: (inout ReportBuffer) -> Void) {
        state.withLock { change(&$0.buffer) }
        bell.ring()
    }

    /// What is to be written next, and the number of the event before it.
    func takeReport() -> (report: JobReport, lastEvent: Int) {
        state.withLock { ($0.buffer.take(now: .now), $0.lastEvent) }
    }

    /// The report is written, or it was refused and never will be.
    func settled(_ report: JobReport, isWritten: Bool) {
        state.withLock { state in
            state.buffer.settled()
            if isWritten { state.lastEvent += report.events.count }
        }
    }

    var reportDueAt: Deadline? { state.withLock { $0.buffer.dueAt } }

    var isStopping: Bool { stopReason != nil }

    var stopReason: LeaseLife.Stop? {
        state.withLock { if case .stopping(let reason) = $0.life.phase { reason } else { nil } }
    }

    var isDone: Bool { state.withLock { $0.isDone } }

    func handlerIsDone() {
        state.withLock { $0.isDone = true }
        bell.ring()
    }

    func answered(isHeld: Bool, isCancelled: Bool) {
        perform(state.withLock { $0.life.answered(isHeld: isHeld, isCancelled: isCancelled) })
    }

    func timeLimitReached() { perform(state.withLock { $0.life.timeLimitReached() }) }

    func drainTimedOut() { perform(state.withLock { $0.life.drainTimedOut() }) }

    func conclude(succeeded: Bool) -> LeaseLife.Conclusion {
        state.withLock { $0.life.handlerEnded(succeeded: succeeded) }
    }

    private func perform(_ action: LeaseLife.Action) {
        guard case .stop = action else { return }
        stopBell.ring()
        bell.ring()
    }
}
