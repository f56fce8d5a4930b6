import Loop

/// Which connection of a loop serves which work. Pure: it is told what happened, and `next` says what to do.
///
/// A connection is shared by statements that commit by themselves, or taken by one piece of work alone (a transaction, a
/// stream of rows). At least one is always left for sharing. Work alone that waits has the next connection to run empty.
/// Statements go one behind the other only when no more connections can be had, and never behind a slow one.
struct PoolState<Ticket: AnyObject> {
    struct Limits: Sendable {
        var connections: Int
        var pipelined: Int
        var waiting: Int
        var idleTime: Duration
        /// A statement that runs for longer is slow.
        var slowness: Duration = .milliseconds(20)
    }

    enum Place: Equatable {
        case connection(Int)
        case wait
        case refuse
    }

    enum Action {
        /// Open the connection of this slot, and report `opened` or `failed`.
        case connect(Int)
        case share(Ticket, Int)
        case take(Ticket, Int)
    }

    private enum Phase: Equatable {
        case vacant, connecting, shared, taken
    }

    private struct Slot {
        var phase = Phase.vacant
        var inFlight = 0
        /// Takes no more statements: work alone waits for it to run empty.
        var isPromised = false
        var isHeld = false
        /// Since when the present statement runs, or none does.
        var since = Deadline.distantFuture
    }

    private let limits: Limits
    private var slots: [Slot]
    private var waitingToShare = TicketQueue<Ticket>()
    private var waitingAlone = TicketQueue<Ticket>()
    private var backoff = Backoff()

    init(limits: Limits) {
        self.limits = limits
        slots = Array(repeating: Slot(), count: max(2, limits.connections))
    }

    // MARK: Work comes

    /// A statement wants a connection.
    mutating func share(_ ticket: Ticket, now: Deadline) -> Place {
        if waitingToShare.isEmpty, let index = placeToShare(now: now) {
            add(to: index, now: now)
            return .connection(index)
        }
        return enqueue(ticket, \.waitingToShare)
    }

    /// Work wants a connection to itself; `next` gives it one.
    mutating func takeAlone(_ ticket: Ticket) -> Place { enqueue(ticket, \.waitingAlone) }

    private mutating func enqueue(_ ticket: Ticket, _ queue: WritableKeyPath<Self, TicketQueue<Ticket>>) -> Place {
        guard waitingToShare.count + waitingAlone.count < limits.waiting else { return .refuse }
        self[keyPath: queue].append(ticket)
        return .wait
    }

    /// Work gave up waiting; false when it was served already.
    mutating func leave(_ ticket: Ticket) -> Bool {
        waitingToShare.remove(ticket) || waitingAlone.remove(ticket)
    }

    /// Takes those out of the queues that `isOver` says have waited enough; the first have waited longest.
    mutating func takeExpired(_ isOver: (Ticket) -> Bool) -> [Ticket] {
        waitingToShare.takeFirst(while: isOver) + waitingAlone.takeFirst(while: isOver)
    }

    // MARK: Connections change

    mutating func opened(_ index: Int, now: Deadline) {
        slots[index] = Slot(phase: .shared, since: now)
        backoff.succeeded()
    }

    mutating func failed(_ index: Int, now: Deadline) {
        slots[index] = Slot()
        backoff.failed(now: now)
    }

    /// A connection broke; its statements have been told.
    mutating func lost(_ index: Int) {
        slots[index] = Slot()
        // Whoever was promised it must be promised another.
        renewPromises()
    }

    mutating func statementEnded(_ index: Int, now: Deadline) {
        slots[index].inFlight -= 1
        slots[index].since = now
    }

    /// Work alone has left the connection as it found it.
    mutating func returned(_ index: Int, now: Deadline) {
        slots[index].phase = .shared
        slots[index].since = now
    }

    /// Nothing new goes to this connection for now: a cancellation is on its way there and might hit the wrong statement.
    mutating func hold(_ index: Int, _ isHeld: Bool) {
        slots[index].isHeld = isHeld
    }

    // MARK: What to do

    mutating func next(now: Deadline) -> Action? {
        // The usual case, many times for every statement.
        if waitingAlone.isEmpty, waitingToShare.isEmpty { return nil }
        if let ticket = waitingAlone.first, let index = emptyForOne() {
            waitingAlone.removeFirst()
            slots[index].phase = .taken
            slots[index].isPromised = false
            renewPromises()
            return .take(ticket, index)
        }
        if let ticket = waitingToShare.first, let index = placeToShare(now: now) {
            waitingToShare.removeFirst()
            add(to: index, now: now)
            return .share(ticket, index)
        }
        renewPromises()
        if let index = vacantToOpen(now: now) {
            slots[index].phase = .connecting
            return .connect(index)
        }
        return nil
    }

    /// When `next` may want to connect again although nothing happens.
    var retryAt: Deadline? {
        waitingToShare.isEmpty && waitingAlone.isEmpty ? nil : backoff.retryAt
    }

    /// Connections that are idle for too long and more than one, to be closed. They are vacant now.
    mutating func takeIdle(now: Deadline) -> [Int] {
        var open = slots.count { $0.phase == .shared || $0.phase == .taken }
        var idle: [Int] = []
        for index in slots.indices where open > 1 {
            let slot = slots[index]
            guard slot.phase == .shared, slot.inFlight == 0, !slot.isPromised, !slot.isHeld,
                slot.since + limits.idleTime <= now
            else { continue }
            slots[index] = Slot()
            open -= 1
            idle.append(index)
        }
        return idle
    }

    /// The server is away: the last attempt failed, and no connection is left.
    var isOut: Bool {
        backoff.hasFailed && !slots.contains { $0.phase == .shared || $0.phase == .taken }
    }

    var waiting: Int { waitingToShare.count + waitingAlone.count }
    var open: Int { slots.count { $0.phase == .shared || $0.phase == .taken } }
    var taken: Int { slots.count { $0.phase == .taken } }
    var inFlight: Int { slots.reduce(0) { $0 + $1.inFlight } }

    // MARK: Choosing

    private mutating func add(to index: Int, now: Deadline) {
        if slots[index].inFlight == 0 { slots[index].since = now }
        slots[index].inFlight += 1
    }

    private func placeToShare(now: Deadline) -> Int? {
        var best: Int?
        var canGrow = false
        for index in slots.indices {
            let slot = slots[index]
            switch slot.phase {
            case .shared where !slot.isPromised && !slot.isHeld:
                if slot.inFlight == 0 { return index }
                guard slot.inFlight < limits.pipelined, slot.since + limits.slowness >= now else { continue }
                if best == nil || slot.inFlight < slots[best!].inFlight { best = index }
            case .vacant, .connecting: canGrow = true
            case .shared, .taken: continue
            }
        }
        return canGrow && !backoff.hasFailed ? nil : best
    }

    private var mayTakeOneMore: Bool { taken < slots.count - 1 }

    private func emptyForOne() -> Int? {
        guard mayTakeOneMore else { return nil }
        let empty = slots.indices.filter { slots[$0].phase == .shared && slots[$0].inFlight == 0 && !slots[$0].isHeld }
        return empty.first { slots[$0].isPromised } ?? empty.first
    }

    /// As many connections are promised as there is work alone that waits, as far as one is left to share.
    private mutating func renewPromises() {
        let allowed = slots.count - 1 - taken
        var wanted = min(waitingAlone.count, allowed)
        for index in slots.indices where slots[index].isPromised {
            if wanted > 0 { wanted -= 1 } else { slots[index].isPromised = false }
        }
        while wanted > 0, open - taken - promised > 1, let index = nextToRunEmpty() {
            slots[index].isPromised = true
            wanted -= 1
        }
    }

    private func nextToRunEmpty() -> Int? {
        slots.indices.filter { slots[$0].phase == .shared && !slots[$0].isPromised && !slots[$0].isHeld }
            .min { slots[$0].inFlight < slots[$1].inFlight }
    }

    private var promised: Int { slots.count { $0.isPromised } }

    private func vacantToOpen(now: Deadline) -> Int? {
        let connecting = slots.count { $0.phase == .connecting }
        let wanted = waitingAlone.count + waitingToShare.count
        // After a failure one attempt at a time finds out whether the server is back.
        let allowed = backoff.hasFailed ? 1 : wanted
        guard connecting < min(wanted, allowed), now >= backoff.retryAt ?? now else { return nil }
        return slots.firstIndex { $0.phase == .vacant }
    }
}

/// Ever longer pauses between attempts, with some randomness so that a fleet does not come back in step.
struct Backoff {
    private var failures = 0
    private(set) var retryAt: Deadline?

    var hasFailed: Bool { failures > 0 }

    mutating func succeeded() {
        failures = 0
        retryAt = nil
    }

    mutating func failed(now: Deadline, jitter: Double = .random(in: 0.5...1)) {
        failures += 1
        let milliseconds = min(2000, 50 << min(failures, 6))
        retryAt = now + .milliseconds(Int(Double(milliseconds) * jitter))
    }
}

/// Who waits, the one who came first in front.
struct TicketQueue<Ticket: AnyObject> {
    private var tickets: [Ticket?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: Ticket? { head < tickets.count ? tickets[head] : nil }

    mutating func append(_ ticket: Ticket) {
        tickets.append(ticket)
        count += 1
    }

    mutating func removeFirst() {
        tickets[head] = nil
        count -= 1
        advance()
    }

    mutating func takeFirst(while condition: (Ticket) -> Bool) -> [Ticket] {
        var taken: [Ticket] = []
        while let first, condition(first) {
            taken.append(first)
            removeFirst()
        }
        return taken
    }

    mutating func remove(_ ticket: Ticket) -> Bool {
        guard let index = tickets[head...].firstIndex(where: { $0 === ticket }) else { return false }
        tickets[index] = nil
        count -= 1
        advance()
        return true
    }

    /// To the next that is there; the front of the array is given back now and then.
    private mutating func advance() {
        while head < tickets.count, tickets[head] == nil { head += 1 }
        if head == tickets.count {
            tickets.removeAll(keepingCapacity: head <= 1024)
            head = 0
        } else if head > 1024 {
            tickets.removeFirst(head)
            head = 0
        }
    }
}
