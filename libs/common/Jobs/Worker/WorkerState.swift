import Loop

/// What a worker does next, given its free slots and what it heard. Pure; times and chance come from outside.
struct WorkerState: Sendable {
    enum Action: Sendable, Equatable {
        case claim(Int)
        /// Says that it waits; then it looks once more, for what came just before.
        case announce
        case wait(until: Deadline)
        case finish
    }

    let slots: Int
    private let poll: Duration
    private let isOnce: Bool
    private(set) var running = 0
    private(set) var isDraining = false
    private var hasClaimed = false
    private var isHungry = true
    private var isAnnounced = false
    private var lookAt: Deadline?
    private var retryAt: Deadline?
    private var failures = 0

    static let maximumFailuresOnce = 6

    /// `isOnce`: one job, and no more. Without slots a worker claims nothing and waits for its drain.
    init(slots: Int, poll: Duration, isOnce: Bool = false) {
        precondition(slots >= 0, "there are no fewer slots than none")
        self.slots = slots
        self.poll = poll
        self.isOnce = isOnce
    }

    /// `chance` is 0 to 1.
    mutating func next(now: Deadline, chance: Double) -> Action {
        if isDraining || (isOnce && hasClaimed) { return running == 0 ? .finish : .wait(until: .distantFuture) }
        guard running < slots else { return .wait(until: .distantFuture) }
        if let retryAt {
            guard now >= retryAt else { return .wait(until: retryAt) }
            self.retryAt = nil
        }
        if isHungry { return .claim(slots - running) }
        if let lookAt, now < lookAt, isAnnounced { return .wait(until: lookAt) }
        lookAt = now + poll * (0.75 + chance / 2)
        return .announce
    }

    mutating func claimed(_ count: Int, of asked: Int) {
        failures = 0
        running += count
        // A full answer may have left more behind.
        isHungry = count == asked
        if count > 0 {
            hasClaimed = true
            isAnnounced = false
        } else if isOnce {
            isDraining = true
        }
    }

    mutating func announced() {
        isAnnounced = true
        isHungry = true
    }

    /// The database did not answer.
    mutating func failed(now: Deadline, chance: Double) {
        failures = min(failures + 1, Self.maximumFailuresOnce)
        retryAt = now + poll * (Double(1 << failures) / 16 * (0.5 + chance / 2))
        isAnnounced = false
        isHungry = true
        if isOnce && failures == Self.maximumFailuresOnce { isDraining = true }
    }

    /// There is work, somebody says; and the announcement was taken away.
    mutating func woken() {
        isHungry = true
        isAnnounced = false
    }

    mutating func jobEnded() {
        running -= 1
        isHungry = true
    }

    mutating func drain() { isDraining = true }
}
