import CLinux
import CPostgres
import Glibc
import Loop

/// One connection to the server, in libpq's pipeline mode, on one loop: statements go out as they come, results are told
/// to their exchanges in that order.
///
/// Belongs to its loop; nothing here is touched from another thread.
final class Connection: Pollable {
    let loop: EventLoop
    let pointer: OpaquePointer
    /// Told once that the connection broke, after everything that was under way was told.
    var onLost: ((String) -> Void)?
    /// Told of notifications and notices of `LISTEN`.
    var onNotification: ((_ channel: String, _ payload: String) -> Void)?

    private(set) var isClosed = false
    /// Since when the server works on what it works on.
    private(set) var runningSince = Deadline.distantFuture
    private var pipeline = Pipeline<Exchange, ResultHandle>()
    private var statements = StatementCache()
    private var token: WatchToken?
    private var isWatchingWrites = false
    private var arguments = Arguments()
    /// A script runs outside of pipeline mode, alone.
    var script: ScriptRun?

    /// Takes over an open connection, in pipeline mode from here on.
    init(_ pointer: OpaquePointer, loop: EventLoop) throws(PostgresError) {
        self.loop = loop
        self.pointer = pointer
        guard PQsetnonblocking(pointer, 1) == 0, PQenterPipelineMode(pointer) == 1 else {
            let reason = pointer.errorMessage
            PQfinish(pointer)
            throw .unavailable(reason)
        }
        do throws(LoopError) {
            token = try loop.watch(PQsocket(pointer), for: .readable, trigger: .level, by: self)
        } catch {
            PQfinish(pointer)
            throw .unavailable("\(error)")
        }
    }

    var inFlight: Int { pipeline.count }
    /// What the server works on.
    var running: Exchange? { pipeline.first }
    var isInTransaction: Bool {
        let status = PQtransactionStatus(pointer)
        return status != PQTRANS_IDLE
    }

    /// A cancellation is on its way to the server.
    func cancellationSent() { pipeline.cancellationSent() }

    // MARK: Sending

    /// Sends a statement. Its exchange is told of the end, also when sending fails.
    func send(_ exchange: Exchange, rowByRow: Bool = false) {
        guard !isClosed else { return exchange.finish(.failure(.closed)) }
        if pipeline.isEmpty { runningSince = loop.now }
        pipeline.sent(exchange)
        if let problem = transmit(exchange, rowByRow: rowByRow) { return broke(problem) }
        flush()
    }

    private func transmit(_ exchange: Exchange, rowByRow: Bool) -> String? {
        let sql = exchange.sql
        let isSent: Bool
        if rowByRow {
            // Alone on its connection and most often once only, so it is not worth a name.
            isSent = arguments.with(sql.parameters) { values in
                PQsendQueryParams(
                    pointer, sql.text, values.count, values.types, values.values, values.lengths, values.formats, 1)
                    == 1
            }
            guard isSent, PQsetSingleRowMode(pointer) == 1 else { return pointer.errorMessage }
        } else {
            isSent = arguments.with(sql.parameters) { values in sendPrepared(exchange, values) }
        }
        guard isSent, PQpipelineSync(pointer) == 1 else { return pointer.errorMessage }
        return nil
    }

    private func sendPrepared(_ exchange: Exchange, _ values: Arguments.Pointers) -> Bool {
        let sql = exchange.sql
        let statement: PreparedStatement
        var isNew = false
        switch statements.lookUp(sql.text, sql.parameters.slots) {
        case .known(let known): statement = known
        case .new(let new, let forgotten):
            if let forgotten, !deallocate(forgotten) { return false }
            guard PQsendPrepare(pointer, new.name, sql.text, values.count, values.types) == 1 else { return false }
            statement = new
            isNew = true
        }
        exchange.prepared = statement
        exchange.isPreparing = isNew
        return PQsendQueryPrepared(
            pointer, statement.name, values.count, values.values, values.lengths, values.formats, 1) == 1
    }

    /// In an exchange of its own, of which nobody wants to know. The name is one of ours.
    private func deallocate(_ statement: PreparedStatement) -> Bool {
        // Its exchange goes ahead of the one that is being sent.
        pipeline.sentBeforeLast(Exchange("DEALLOCATE"))
        return PQsendQueryParams(pointer, "DEALLOCATE \(statement.name)", 0, nil, nil, nil, nil, 0) == 1
            && PQpipelineSync(pointer) == 1
    }

    // MARK: Receiving

    func ready(_ readiness: Readiness) {
        guard !isClosed else { return }
        if isWatchingWrites { flush() }
        guard !isClosed else { return }
        guard PQconsumeInput(pointer) == 1 else { return broke(pointer.errorMessage) }
        takeNotifications()
        if script != nil { return takeScriptResults() }
        takeResults()
    }

    private func takeResults() {
        while !isClosed, !pipeline.isEmpty, PQisBusy(pointer) == 0 {
            // Between the results of two commands there is none.
            guard let result = PQgetResult(pointer) else { continue }
            perform(pipeline.received(event(result)))
            if PQstatus(pointer) == CONNECTION_BAD { return broke(pointer.errorMessage) }
        }
    }

    private func event(_ result: OpaquePointer) -> Pipeline<Exchange, ResultHandle>.Event {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return .result(handle(result))
        case PGRES_SINGLE_TUPLE: return .row(handle(result))
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            return .sync
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .skipped
        default:
            defer { PQclear(result) }
            return .refusal(ServerRefusal(result))
        }
    }

    private func handle(_ result: OpaquePointer) -> ResultHandle {
        guard PQnfields(result) > 0 else { return ResultHandle(result, columns: .none) }
        guard let exchange = pipeline.first else { return ResultHandle(result, columns: Columns(of: result)) }
        let columns = exchange.prepared?.columns ?? exchange.columns ?? Columns(of: result)
        exchange.columns = columns
        exchange.prepared?.columns = columns
        return ResultHandle(result, columns: columns)
    }

    private func perform(_ action: Pipeline<Exchange, ResultHandle>.Action) {
        switch action {
        case .none: return
        case .row(let exchange, let result): exchange.row(result)
        case .finish(let exchange, let outcome, let mayBeHit):
            exchange.mayBeHit = mayBeHit
            runningSince = loop.now
            switch outcome {
            case .result(let result): exchange.finish(.success(result))
            case .nothing: exchange.finish(.failure(.connectionLost("the server answered nothing")))
            case .refused(let refusal, let afterResult):
                forget(exchange, refusal, wasPrepared: afterResult || !exchange.isPreparing)
                exchange.finish(.failure(.refused(refusal)))
            }
        }
    }

    /// What the server does not know, or knows in a form that no longer fits the tables, is prepared again next time.
    private func forget(_ exchange: Exchange, _ refusal: ServerRefusal, wasPrepared: Bool) {
        guard let statement = exchange.prepared, !wasPrepared || refusal.isStalePlan else { return }
        statements.forget(exchange.sql.text, statement)
    }

    private func takeNotifications() {
        while let notification = PQnotifies(pointer) {
            onNotification?(String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
    }

    // MARK: Flow

    func flush() {
        switch PQflush(pointer) {
        case 0: watchWrites(false)
        case 1: watchWrites(true)
        default: broke(pointer.errorMessage)
        }
    }

    private func watchWrites(_ isWanted: Bool) {
        guard isWanted != isWatchingWrites, let token else { return }
        isWatchingWrites = isWanted
        loop.rewatch(token, for: isWanted ? [.readable, .writable] : .readable, trigger: .level)
    }

    /// Nothing more is read for now, so that the server waits, or is read again.
    func pauseReading(_ isPaused: Bool) {
        guard let token, !isClosed else { return }
        loop.rewatch(token, for: isPaused ? [] : .readable, trigger: .level)
        isWatchingWrites = false
    }

    // MARK: Ending

    /// What was under way is told that the connection broke, unless the server said more of it.
    func broke(_ reason: String) {
        guard !isClosed else { return }
        close()
        let (exchanges, refusal) = pipeline.abandon()
        let reason = (refusal?.message ?? reason).trimmed
        for exchange in exchanges { exchange.finish(.failure(.connectionLost(reason))) }
        script?.finish(.failure(.connectionLost(reason)))
        script = nil
        onLost?(reason)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let token { loop.unwatch(token) }
        token = nil
        PQfinish(pointer)
    }

    deinit {
        if !isClosed { PQfinish(pointer) }
    }
}
