import Loop

/// Which connection serves which request, on one loop. Pure: it is told what happened and answers what to do.
///
/// An origin has a number of slots. A slot belongs to an idle connection, to a request that uses or makes one, or to
/// nobody; a slot that becomes free goes to the request that has waited longest before it goes to a new one.
struct ConnectionPool<Connection> {
    struct Limits: Sendable {
        var connectionsPerOrigin: Int
        var waitingPerOrigin: Int
        var idleTime: Nanoseconds
    }

    /// One waiting request's place in the queue.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: Int
    }

    enum CheckOut {
        /// The connection used last: the least likely one to be stale.
        case reuse(Connection)
        /// The caller has a slot and makes a connection in it.
        case connect
        case wait(Ticket)
        case refuse
    }

    enum CheckIn: Equatable {
        case keep(until: Deadline)
        /// The connection goes on to this request.
        case give(Ticket)
        case close
    }

    private struct Slots {
        var taken = 0
        /// The one used last comes last.
        var idle: [(id: Int, connection: Connection)] = []
        /// The one who came first comes first.
        var waiting: [Ticket] = []

        var isUnused: Bool { taken == 0 && waiting.isEmpty }

        mutating func checkOut(_ limits: Limits, _ ticket: Ticket) -> CheckOut {
            if let last = idle.popLast() { return .reuse(last.connection) }
            if taken < limits.connectionsPerOrigin {
                taken += 1
                return .connect
            }
            guard waiting.count < limits.waitingPerOrigin else { return .refuse }
            waiting.append(ticket)
            return .wait(ticket)
        }

        mutating func checkIn(_ connection: Connection, id: Int, until deadline: Deadline) -> CheckIn {
            if !waiting.isEmpty { return .give(waiting.removeFirst()) }
            idle.append((id, connection))
            return .keep(until: deadline)
        }
    }

    private let limits: Limits
    private var origins: [Origin: Slots] = [:]
    private var nextTicket = 0
    private var isDraining = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// A request wants a connection.
    mutating func checkOut(_ origin: Origin) -> CheckOut {
        guard !isDraining else { return .refuse }
        let ticket = Ticket(number: nextTicket)
        let answer = origins[origin, default: Slots()].checkOut(limits, ticket)
        if case .wait = answer { nextTicket += 1 }
        return answer
    }

    /// A request has ended and left its connection fit for another one.
    mutating func checkIn(_ connection: Connection, id: Int, _ origin: Origin, now: Deadline) -> CheckIn {
        guard !isDraining else { return .close }
        return origins[origin, default: Slots()].checkIn(connection, id: id, until: now + limits.idleTime)
    }

    /// A connection in use ended, or none could be made. Whoever is answered has the slot now and makes one in it.
    mutating func freeSlot(_ origin: Origin) -> Ticket? {
        guard var slots = origins.removeValue(forKey: origin) else { return nil }
        var heir: Ticket?
        if slots.waiting.isEmpty { slots.taken -= 1 } else { heir = slots.waiting.removeFirst() }
        if !slots.isUnused { origins[origin] = slots }
        return heir
    }

    /// An idle connection ended: by its peer, or because it was idle for too long. False when it is not idle.
    mutating func removeIdle(id: Int, _ origin: Origin) -> Bool {
        guard let index = origins[origin]?.idle.firstIndex(where: { $0.id == id }) else { return false }
        origins[origin]?.idle.remove(at: index)
        _ = freeSlot(origin)
        return true
    }

    /// A waiting request gave up. False when it was served already: what it was given must be handed back.
    mutating func leave(_ ticket: Ticket, _ origin: Origin) -> Bool {
        guard let index = origins[origin]?.waiting.firstIndex(of: ticket) else { return false }
        origins[origin]?.waiting.remove(at: index)
        return true
    }

    /// Nobody gets a connection any more. Answers the idle ones, to be closed, and the waiting requests, to be refused.
    mutating func drain() -> (idle: [Connection], waiting: [Ticket]) {
        isDraining = true
        var idle: [Connection] = []
        var waiting: [Ticket] = []
        for (origin, slots) in origins {
            idle += slots.idle.map(\.connection)
            waiting += slots.waiting
            origins[origin]?.taken -= slots.idle.count
            origins[origin]?.idle = []
            origins[origin]?.waiting = []
        }
        return (idle, waiting)
    }

    /// Connections to an origin, those under way included; and the idle ones among them.
    func count(_ origin: Origin) -> (open: Int, idle: Int, waiting: Int) {
        guard let slots = origins[origin] else { return (0, 0, 0) }
        return (slots.taken, slots.idle.count, slots.waiting.count)
    }
}
