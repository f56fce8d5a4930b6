import CPostgres
import Loop

/// The connections of one loop and the work that waits for them: what `PoolState` decides is done here.
final class LoopPool: LoopPart {
    let loop: EventLoop
    let settings: DatabaseSettings
    private let info: ConnectionInfo
    private let blocking: BlockingPool
    private let observer: DatabaseObserver
    private var state: PoolState<Waiting>
    private var connections: [Connection?]
    private var cancelling: Set<ObjectIdentifier> = []
    private var isClosed = false
    private var sweep: EventLoop.TimerHandle?
    private var retry: EventLoop.TimerHandle?
    private var lastFailure = "no connection yet"

    /// How long a statement whose end nobody wants may keep its caller.
    private static let abandonGrace = Duration.seconds(5)
    private static let sweepPeriod = Duration.milliseconds(250)

    init(
        loop: EventLoop, connections: Int, settings: DatabaseSettings, info: ConnectionInfo, blocking: BlockingPool,
        observer: DatabaseObserver
    ) {
        self.loop = loop
        self.settings = settings
        self.info = info
        self.blocking = blocking
        self.observer = observer
        state = PoolState(
            limits: .init(
                connections: connections, pipelined: settings.maximumPipelined, waiting: settings.maximumWaiting,
                idleTime: settings.idleTimeout))
        self.connections = Array(repeating: nil, count: max(2, connections))
    }

    // MARK: Statements

    /// Runs a statement that commits by itself, on a connection shared with others.
    func run(_ sql: SQL, timeout: Duration?) async throws(PostgresError) -> ResultHandle {
        try await perform(sql, timeout: timeout) { $0.start($1) }
    }

    /// Runs a statement on a connection that the caller has alone.
    func run(_ sql: SQL, on lease: Lease, timeout: Duration?) async throws(PostgresError) -> ResultHandle {
        try await perform(sql, timeout: timeout) { _, run in
            guard let connection = lease.connection else { return run.settle(.failure(.transactionOver)) }
            run.place = .leased(lease.index)
            connection.send(run)
        }
    }

    private func perform(
        _ sql: SQL, timeout: Duration?, _ start: (LoopPool, StatementRun) -> Void
    ) async throws(PostgresError) -> ResultHandle {
        if let problem = sql.parameters.problem { throw problem }
        if Task.isCancelled { throw .cancelled }
        let began = Deadline.now
        observer.statementBegan()
        let run = StatementRun(sql, pool: self)
        let bound = LoopBound((pool: self, run: run), on: loop)
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                run.begin(continuation)
                if let timeout {
                    run.timer = loop.schedule(at: began + timeout) { self.abandon(run, .timedOut) }
                }
                start(self, run)
            }
        } onCancel: {
            bound.loop.execute { bound.value.pool.abandon(bound.value.run, .cancelled) }
        }
        observer.statementEnded(began: began, outcome)
        return try outcome.get()
    }

    private func start(_ run: StatementRun) {
        guard !isClosed else { return run.settle(.failure(.closed)) }
        run.since = loop.now
        switch state.share(run, now: loop.now) {
        case .connection(let index):
            send(run, index)
            settle()
        case .wait:
            run.place = .waiting
            armSweep()
            settle()
        case .refuse: run.settle(.failure(.exhausted))
        }
    }

    private func send(_ run: StatementRun, _ index: Int) {
        run.place = .shared(index)
        connections[index]!.send(run)
    }

    /// A statement has ended, one way or another.
    func ended(_ run: StatementRun, _ outcome: Result<ResultHandle, PostgresError>) {
        let index: Int
        switch run.place {
        case .shared(let shared):
            index = shared
            state.statementEnded(index, now: loop.now)
            if mayTryAgain(run, outcome) {
                run.isSecondTry = true
                run.mayBeHit = false
                start(run)
                return cancelNextUnwanted(index)
            }
        case .leased(let leased): index = leased
        case .nowhere, .waiting, .ended: return
        }
        run.settle(run.judged(outcome))
        cancelNextUnwanted(index)
        settle()
    }

    /// It had no effect, and the reason lay in how we sent it.
    private func mayTryAgain(_ run: StatementRun, _ outcome: Result<ResultHandle, PostgresError>) -> Bool {
        guard case .failure(.refused(let refusal)) = outcome, run.abandonment == nil, !isClosed else { return false }
        if refusal.isCancellation { return run.mayBeHit }
        return refusal.isStalePlan && !run.isSecondTry
    }

    // MARK: Giving up

    /// Nobody waits for its end any more. It is taken back while it waits; the server is told to stop it when it runs.
    private func abandon(_ run: StatementRun, _ reason: PostgresError) {
        guard run.abandonment == nil else { return }
        run.abandonment = reason
        switch run.place {
        case .waiting:
            _ = state.leave(run)
            run.settle(.failure(reason))
        case .shared(let index), .leased(let index):
            cancelNextUnwanted(index)
            if let timer = run.timer { loop.cancel(timer) }
            run.timer = loop.schedule(at: loop.now + Self.abandonGrace) { self.leaveBehind(run) }
        case .nowhere, .ended: return
        }
    }

    /// The server does not even answer a cancellation.
    private func leaveBehind(_ run: StatementRun) {
        guard case .leased(let index) = run.place else {
            // Others wait behind it on the connection; the sweep sees to that one.
            return run.tell(.failure(.connectionLost("no answer to a cancellation")))
        }
        connections[index]?.broke("no answer to a cancellation")
    }

    /// Cancels what a connection works on when nobody wants it.
    private func cancelNextUnwanted(_ index: Int) {
        guard let connection = connections[index], let running = connection.running as? StatementRun,
            running.abandonment != nil
        else { return }
        cancel(connection, index)
    }

    func cancel(_ connection: Connection, _ index: Int) {
        guard !connection.isClosed, cancelling.insert(ObjectIdentifier(connection)).inserted else { return }
        let cancellation = Cancellation(connection.pointer)
        connection.cancellationSent()
        state.hold(index, true)
        let bound = LoopBound((pool: self, connection: connection), on: loop)
        let blocking = blocking
        Task(executorPreference: loop) {
            // Only when the server has dealt with it can nothing else be hit.
            try? await blocking.run { cancellation.send() }
            bound.value.pool.cancelled(bound.value.connection, index)
        }
    }

    private func cancelled(_ connection: Connection, _ index: Int) {
        cancelling.remove(ObjectIdentifier(connection))
        guard connections[index] === connection else { return }
        state.hold(index, false)
        cancelNextUnwanted(index)
        settle()
    }

    // MARK: Leases

    /// Waits for a connection to have alone; `giveBack` must follow.
    func lease() async throws(PostgresError) -> Lease {
        if Task.isCancelled { throw .cancelled }
        guard !isClosed else { throw .closed }
        let wait = LeaseWait(loop: loop)
        wait.since = loop.now
        let bound = LoopBound((pool: self, wait: wait), on: loop)
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                wait.continuation = continuation
                if case .refuse = state.takeAlone(wait) { return wait.settle(.failure(.exhausted)) }
                armSweep()
                settle()
            }
        } onCancel: {
            bound.loop.execute {
                let (pool, wait) = bound.value
                if pool.state.leave(wait) { wait.settle(.failure(.cancelled)) }
            }
        }
        let lease = try outcome.get().value
        observer.leased()
        return lease
    }

    /// Takes a connection back, unless it is in the middle of something: that one is closed.
    func giveBack(_ lease: Lease) {
        guard let connection = lease.connection else { return }
        lease.connection = nil
        observer.givenBack()
        guard connections[lease.index] === connection, !connection.isClosed else { return }
        guard connection.inFlight == 0, !connection.isInTransaction else {
            return connection.broke("given back in the middle of a transaction")
        }
        state.returned(lease.index, now: loop.now)
        settle()
    }

    // MARK: Connections

    /// Does what the state wants done.
    private func settle() {
        while !isClosed, let action = state.next(now: loop.now) {
            switch action {
            case .connect(let index): connect(index)
            case .share(let waiting, let index): if let run = waiting as? StatementRun { send(run, index) }
            case .take(let waiting, let index):
                (waiting as? LeaseWait)?.settle(.success(Lease(connections[index]!, index: index)))
            }
        }
        armRetry()
    }

    private func connect(_ index: Int) {
        let bound = LoopBound(self, on: loop)
        Task(executorPreference: loop) { await bound.value.open(index) }
    }

    private func open(_ index: Int) async {
        do throws(PostgresError) {
            let connection = try await Connection.open(
                info, on: loop, blocking: blocking, timeout: settings.connectTimeout)
            guard !isClosed else { return connection.close() }
            connection.onLost = { [weak self, weak connection] reason in
                if let self, let connection { self.lost(connection, index, reason) }
            }
            connections[index] = connection
            observer.connected()
            state.opened(index, now: loop.now)
            armSweep()
        } catch {
            lastFailure = error.reason
            observer.connectFailed(error.reason)
            state.failed(index, now: loop.now)
        }
        settle()
    }

    private func lost(_ connection: Connection, _ index: Int, _ reason: String) {
        guard connections[index] === connection else { return }
        connections[index] = nil
        lastFailure = reason
        observer.lost(reason)
        state.lost(index)
        settle()
    }

    private func armRetry() {
        if let retry { loop.cancel(retry) }
        retry = state.retryAt.map { at in
            loop.schedule(at: at) {
                self.retry = nil
                self.settle()
            }
        }
    }

    // MARK: Time

    private func armSweep() {
        guard sweep == nil, !isClosed else { return }
        sweep = loop.schedule(at: loop.now + Self.sweepPeriod) {
            self.sweep = nil
            self.sweepOnce()
        }
    }

    /// Ends waits that took too long, connections that answer nothing, and those that nobody uses.
    private func sweepOnce() {
        let patience = state.isOut ? settings.outageTimeout : settings.waitTimeout
        let reason: PostgresError = state.isOut ? .unavailable(lastFailure) : .exhausted
        for waiting in state.takeExpired({ $0.since + patience <= loop.now }) { waiting.giveUp(reason) }
        let silence = settings.statementTimeout + Self.abandonGrace
        for connection in connections {
            guard let connection, let running = connection.running, running.isBounded else { continue }
            if connection.runningSince + silence <= loop.now { connection.broke("no answer") }
        }
        for index in state.takeIdle(now: loop.now) {
            connections[index]?.close()
            connections[index] = nil
            observer.closed()
        }
        if state.waiting > 0 || connections.contains(where: { $0 != nil }) { armSweep() }
        settle()
    }

    // MARK: Ending

    /// Refuses new work; what is under way is given `grace` by whoever calls.
    func shutDown() {
        guard !isClosed else { return }
        isClosed = true
        for timer in [sweep, retry] { if let timer { loop.cancel(timer) } }
        for waiting in state.takeExpired({ _ in true }) { waiting.giveUp(.closed) }
        for connection in connections { connection?.broke("the connections to the database are closed") }
    }
}
