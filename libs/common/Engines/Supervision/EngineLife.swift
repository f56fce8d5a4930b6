/// The life of one run: what is known of it, and what to do next. No I/O, no clock.
///
/// To stop a run, its guard is asked once; it sends SIGTERM and then SIGKILL itself. Only a guard that does not come to
/// its end is killed.
struct EngineLife {
    enum StopReason: Equatable, Sendable {
        case cancelled
        case timedOut
        case outputTooLarge
    }

    enum Outcome: Equatable, Sendable {
        case notStarted(Int32)
        case ended(ProgramEnd)
        case stopped(StopReason)
        case lost
    }

    enum Action: Equatable {
        case none
        /// Tell the guard to end the program, and come back when it should be done.
        case askGuard
        case killGuard
    }

    private enum State: Equatable {
        case starting
        case running
        case notStarted(Int32)
        case ended(ProgramEnd)
        /// The reports contradict each other, so somebody else than the guard wrote one.
        case forged
        case over(Outcome)
    }

    private var state = State.starting
    private var stopReason: StopReason?
    private var weKilledGuard = false

    var isOver: Bool { outcome != nil }

    var outcome: Outcome? {
        guard case .over(let outcome) = state else { return nil }
        return outcome
    }

    mutating func guardReported(_ report: GuardReport) {
        switch (state, report) {
        case (.starting, .started): state = .running
        case (.starting, .failed(let code)): state = .notStarted(code)
        case (.running, .ended(let end)): state = .ended(end)
        // The guard reaps the child that could not become the program.
        case (.notStarted, .ended), (.over, _): break
        default: state = .forged
        }
    }

    /// The first reason holds. A program that has ended cannot be stopped any more, though what it left still is.
    mutating func stop(_ reason: StopReason) -> Action {
        switch state {
        case .over, .notStarted: return .none
        case .ended, .forged: return .askGuard
        case .starting, .running:
            guard stopReason == nil else { return .none }
            stopReason = reason
            return .askGuard
        }
    }

    /// The time has passed within which the guard ends everything.
    mutating func guardIsLate() -> Action {
        guard !isOver else { return .none }
        weKilledGuard = true
        return .killGuard
    }

    /// What was heard of a guard that somebody else killed does not count: the program could be who did both.
    ///
    /// Answers whether processes may be left that nobody watches: the guard leaves none when it ends by itself.
    mutating func guardEnded(byItself: Bool) -> Bool {
        switch state {
        case .over: return false
        case .notStarted(let code): state = .over(.notStarted(code))
        case .ended(let end) where isOwn(end) && (byItself || weKilledGuard): state = .over(.ended(end))
        case .starting, .running, .ended, .forged: state = .over(stopReason.map { .stopped($0) } ?? .lost)
        }
        return !byItself
    }

    /// Whether the program ended of its own accord; it may have done so, and well, in the moment in which it was told to.
    private func isOwn(_ end: ProgramEnd) -> Bool {
        stopReason == nil || (end.code == 0 && !end.isSignal && stopReason != .outputTooLarge)
    }
}
