import Loop

/// How long a peer may keep us waiting in one transfer: a fixed allowance, and more for every byte that moves.
///
/// A client that sends a byte a minute never breaks a plain timeout; here its allowance runs out. Only time spent
/// waiting for the peer counts, never the time our own handler takes.
struct TransferAllowance: Sendable {
    /// Nanoseconds a byte at the slowest rate that is tolerated.
    private let nanosecondsPerByte: UInt64
    private var longestWait: UInt64
    private var remaining: UInt64

    init(base: Duration, slowestBytesPerSecond: Int) {
        longestWait = base.clampedNanoseconds
        remaining = longestWait
        nanosecondsPerByte = 1_000_000_000 / UInt64(max(1, slowestBytesPerSecond))
    }

    mutating func moved(_ bytes: Int) {
        let earned = UInt64(bytes).multipliedReportingOverflow(by: nanosecondsPerByte)
        let sum = remaining.addingReportingOverflow(earned.partialValue)
        // A quick start must not buy an endless wait later.
        remaining = earned.overflow || sum.overflow ? longestWait : min(sum.partialValue, longestWait)
    }

    mutating func waited(from start: Deadline, to end: Deadline) {
        let spent = end.nanoseconds >= start.nanoseconds ? end.nanoseconds - start.nanoseconds : 0
        remaining = remaining > spent ? remaining - spent : 0
    }

    mutating func shorten(to wait: Nanoseconds) {
        longestWait = min(longestWait, wait.count)
        remaining = min(remaining, longestWait)
    }

    /// When the next wait must end.
    func deadline(from now: Deadline) -> Deadline {
        now + Nanoseconds(count: remaining)
    }
}
