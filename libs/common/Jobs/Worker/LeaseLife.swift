import Loop

/// The life of one attempt in its worker: running, told to stop, over. Pure.
///
/// Only the database can say that a lease is lost. While it is away the work goes on: nobody else can take the job
/// meanwhile, and whatever is written carries the lease's token.
struct LeaseLife: Sendable, Equatable {
    /// Why a running attempt is to stop.
    enum Stop: Sendable, Equatable {
        case cancelled
        case lost
        case timeLimit
        case drained
    }

    enum Phase: Sendable, Equatable {
        case running
        case stopping(Stop)
        case ended
    }

    enum Action: Sendable, Equatable {
        case none
        /// Cancels the handler's task.
        case stop(Stop)
    }

    /// What is to be written when the handler is done.
    enum Conclusion: Sendable, Equatable {
        case complete
        case fail
        case cancel
        case timeOut
        case release
        /// Nothing: the job is another's.
        case abandon
    }

    private(set) var phase = Phase.running

    /// The answer of a heartbeat or a report.
    mutating func answered(isHeld: Bool, isCancelled: Bool) -> Action {
        if !isHeld { return stop(.lost) }
        return isCancelled ? stop(.cancelled) : .none
    }

    mutating func timeLimitReached() -> Action { stop(.timeLimit) }

    mutating func drainTimedOut() -> Action { stop(.drained) }

    /// A loss outweighs any other reason; otherwise the first one stands.
    private mutating func stop(_ reason: Stop) -> Action {
        switch phase {
        case .running:
            phase = .stopping(reason)
            return .stop(reason)
        case .stopping(let earlier) where earlier != .lost && reason == .lost:
            phase = .stopping(.lost)
            return .none
        case .stopping, .ended: return .none
        }
    }

    /// The handler has returned or thrown. A success counts although it was told to stop.
    mutating func handlerEnded(succeeded: Bool) -> Conclusion {
        defer { phase = .ended }
        switch phase {
        case .stopping(.lost), .ended: return .abandon
        case _ where succeeded: return .complete
        case .running: return .fail
        case .stopping(.cancelled): return .cancel
        case .stopping(.timeLimit): return .timeOut
        case .stopping(.drained): return .release
        }
    }
}
