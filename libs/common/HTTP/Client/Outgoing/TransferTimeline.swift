import Loop

/// What a transfer is waiting for, and until when it may. Pure.
struct TransferTimeline {
    enum Phase: Equatable {
        /// For its turn.
        case waiting
        case connecting
        /// For the peer to take more of the request.
        case sending
        /// For the answer's first byte.
        case awaiting
        case receiving
    }

    private let timeouts: ClientTimeouts
    private let total: Deadline
    private(set) var phase = Phase.waiting
    private var since: Deadline

    init(_ timeouts: ClientTimeouts, total: Deadline, now: Deadline) {
        self.timeouts = timeouts
        self.total = total
        since = now
    }

    mutating func enter(_ phase: Phase, at now: Deadline) {
        self.phase = phase
        since = now
    }

    /// Something moved, or it is not the peer who is waited for.
    mutating func progressed(at now: Deadline) {
        since = now
    }

    var deadline: Deadline { min(since + patience.time, total) }

    /// What took too long, if something did.
    func overdue(at now: Deadline) -> ClientError.Stage? {
        if total <= now { return .total }
        return since + patience.time <= now ? patience.stage : nil
    }

    private var patience: (time: Nanoseconds, stage: ClientError.Stage) {
        switch phase {
        case .waiting: (timeouts.waiting, .waiting)
        case .connecting: (timeouts.connect, .connecting)
        case .sending: (timeouts.betweenBytes, .sending)
        case .awaiting: (timeouts.firstByte, .firstByte)
        case .receiving: (timeouts.betweenBytes, .body)
        }
    }
}
