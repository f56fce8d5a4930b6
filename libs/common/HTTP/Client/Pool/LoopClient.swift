import Loop

/// The part of a client that lives on one loop: its connections and the requests that wait for one.
final class LoopClient: LoopPart {
    enum Grant {
        case connection(ClientConnection)
        /// A slot to make a connection in.
        case slot
        case timedOut, cancelled, refused
    }

    let loop: EventLoop
    let limits: ClientLimits
    let timeouts: ClientTimeouts
    private let connector: Connector
    private var pool: ConnectionPool<ClientConnection>
    private var waiters: [ConnectionPool<ClientConnection>.Ticket: PoolWaiter] = [:]
    private var nextID = 0

    init(loop: EventLoop, limits: ClientLimits, timeouts: ClientTimeouts, resolver: Resolver) {
        self.loop = loop
        self.limits = limits
        self.timeouts = timeouts
        connector = Connector(loop: loop, resolver: resolver)
        pool = ConnectionPool(
            limits: .init(
                connectionsPerOrigin: max(1, limits.connectionsPerOrigin), waitingPerOrigin: limits.waitingPerOrigin,
                idleTime: Nanoseconds(limits.idleTime)))
    }

    // MARK: Getting a connection

    /// A pooled connection, at once; nil when one must be waited for. A request that may not be repeated gets one that
    /// was looked at: what an idle peer has done since is better known before than after sending.
    func idleConnection(_ origin: Origin, carefully: Bool) -> IdleOutcome {
        while true {
            switch pool.checkOut(origin) {
            case .reuse(let connection):
                if connection.takeIntoUse(carefully: carefully) { return .connection(connection) }
                connection.close()
                slotFreed(origin)
            case .connect: return .mustConnect
            case .wait(let ticket): return .mustWait(ticket)
            case .refuse: return .refused
            }
        }
    }

    enum IdleOutcome {
        case connection(ClientConnection)
        case mustConnect
        case mustWait(ConnectionPool<ClientConnection>.Ticket)
        case refused
    }

    /// Waits in the queue for a connection or the right to make one.
    func wait(
        _ ticket: ConnectionPool<ClientConnection>.Ticket, _ origin: Origin, until deadline: Deadline
    ) async -> Grant {
        let waiter = PoolWaiter()
        waiters[ticket] = waiter
        let bound = LoopBound(self, on: loop)
        let grant = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<LoopBound<Grant>, Never>) in
                let timer = loop.schedule(at: deadline) { self.giveUp(ticket, origin, .timedOut) }
                waiter.arm(continuation, timer)
            }
        } onCancel: {
            bound.loop.execute { bound.value.giveUp(ticket, origin, .cancelled) }
        }
        return grant.value
    }

    private func giveUp(_ ticket: ConnectionPool<ClientConnection>.Ticket, _ origin: Origin, _ reason: Grant) {
        if pool.leave(ticket, origin) { settle(ticket, reason) }
    }

    private func settle(_ ticket: ConnectionPool<ClientConnection>.Ticket, _ grant: Grant) {
        waiters.removeValue(forKey: ticket)?.settle(grant, on: loop)
    }

    /// Makes a connection in a slot that the caller has; gives the slot back when that fails.
    func connect(
        to origin: Origin, _ timeouts: ClientTimeouts, total: Deadline
    ) async throws(ClientError) -> ClientConnection {
        do throws(ClientError) {
            let channel = try await connector.connect(to: origin, until: min(loop.now + timeouts.connect, total))
            nextID += 1
            return ClientConnection(id: nextID, origin: origin, channel: channel, part: self)
        } catch {
            slotFreed(origin)
            if case .timedOut = error, total <= loop.now { throw .timedOut(.total) }
            throw error
        }
    }

    // MARK: Told by connections

    func takeBack(_ connection: ClientConnection) {
        switch pool.checkIn(connection, id: connection.id, connection.origin, now: loop.now) {
        case .keep(let deadline): connection.park(until: deadline)
        case .give(let ticket): settle(ticket, .connection(connection))
        case .close:
            connection.close()
            slotFreed(connection.origin)
        }
    }

    func parkAgain(_ connection: ClientConnection) {
        connection.park(until: loop.now + limits.idleTime)
    }

    func idleEnded(_ connection: ClientConnection) {
        _ = pool.removeIdle(id: connection.id, connection.origin)
    }

    func slotFreed(_ origin: Origin) {
        if let heir = pool.freeSlot(origin) { settle(heir, .slot) }
    }

    // MARK: Ending

    /// Closes what is idle and refuses what waits; connections in use end with their requests.
    func shutDown() {
        let (idle, waiting) = pool.drain()
        for connection in idle { connection.close() }
        for ticket in waiting { settle(ticket, .refused) }
    }

    func count(_ origin: Origin) -> (open: Int, idle: Int, waiting: Int) { pool.count(origin) }
}

/// One request in the queue, resumed once.
private final class PoolWaiter {
    private var continuation: UnsafeContinuation<LoopBound<LoopClient.Grant>, Never>?
    private var timer: EventLoop.TimerHandle?

    func arm(_ continuation: UnsafeContinuation<LoopBound<LoopClient.Grant>, Never>, _ timer: EventLoop.TimerHandle) {
        self.continuation = continuation
        self.timer = timer
    }

    func settle(_ grant: LoopClient.Grant, on loop: EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
        continuation?.resume(returning: LoopBound(grant, on: loop))
        continuation = nil
    }
}
