import Loop

/// The rows of a statement, one by one as the server sends them: no more than a few kilobytes are held here, and a slow
/// reader slows the server. Read once, within the closure that it was given to.
///
/// Unchecked because everything is used on the loop of the statement alone, which `next` sees to.
public final class RowStream<Value: Decodable & Sendable>: AsyncSequence, AsyncIteratorProtocol, @unchecked Sendable {
    private let run: StreamRun
    private let loop: EventLoop

    init(_ run: StreamRun, on loop: EventLoop) {
        self.run = run
        self.loop = loop
    }

    public func makeAsyncIterator() -> RowStream { self }

    public func next() async throws(PostgresError) -> Value? {
        guard loop.isCurrent else { throw .transactionOver }
        guard let result = try await run.next(on: loop) else { return nil }
        return try Row(result: result, index: 0).decode(Value.self)
    }
}

extension Database {
    /// Runs a statement whose rows are too many to be held at once. It has a connection of its own for as long as `body`
    /// runs; rows that `body` leaves unread are not sent any more.
    @discardableResult
    public func stream<Value: Decodable & Sendable, Result: Sendable>(
        _ sql: SQL, as type: Value.Type, _ body: @escaping @Sendable (RowStream<Value>) async throws -> Result
    ) async throws -> Result {
        guard let loop = EventLoop.current else {
            return try await onLoop { try await self.stream(sql, as: type, body) }
        }
        if let problem = sql.parameters.problem { throw problem }
        let pool = pool(of: loop)
        let lease = try await pool.lease()
        defer { pool.giveBack(lease) }
        guard let connection = lease.connection else { throw PostgresError.closed }
        // Its reader sets the pace, and the server's limit would not know.
        _ = try await pool.run("SET statement_timeout = 0", on: lease, timeout: nil)
        let run = StreamRun(sql, connection) { pool.cancel(connection, lease.index) }
        connection.send(run, rowByRow: true)
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(RowStream(run, on: loop))) } catch { outcome = .failure(error) }
        await run.drain(on: loop)
        // Nobody else may have a connection without a limit.
        if (try? await pool.finish(lease, "RESET statement_timeout")) == nil { connection.broke("no limit") }
        return try outcome.get()
    }
}

/// A statement whose rows are taken one by one.
final class StreamRun: Exchange {
    private let connection: Connection
    private let stop: () -> Void
    private var rows: [ResultHandle] = []
    private var taken = 0
    private var outcome: Result<Void, PostgresError>?
    private var isDraining = false
    private var isCancelled = false
    private var reader: UnsafeContinuation<Void, Never>?

    /// How long the server may take to stop what nobody reads on.
    private static let drainTimeout = Duration.seconds(5)

    init(_ sql: SQL, _ connection: Connection, stop: @escaping () -> Void) {
        self.connection = connection
        self.stop = stop
        super.init(sql)
    }

    override var isBounded: Bool { false }

    override func row(_ result: ResultHandle) {
        guard !isDraining else { return }
        if rows.isEmpty { connection.pauseReading(true) }
        rows.append(result)
        wake()
    }

    override func finish(_ outcome: Result<ResultHandle, PostgresError>) {
        self.outcome = outcome.map { _ in () }
        connection.pauseReading(false)
        wake()
    }

    private func wake() {
        reader?.resume()
        reader = nil
    }

    func next(on loop: EventLoop) async throws(PostgresError) -> ResultHandle? {
        if taken == rows.count {
            rows.removeAll(keepingCapacity: true)
            taken = 0
            if outcome == nil { try await wait(on: loop) }
        }
        if taken < rows.count {
            taken += 1
            return rows[taken - 1]
        }
        guard case .failure(let error) = outcome else { return nil }
        if case .refused(let refusal) = error, refusal.isCancellation { throw isCancelled ? .cancelled : .timedOut }
        throw error
    }

    private func wait(on loop: EventLoop) async throws(PostgresError) {
        if Task.isCancelled { throw .cancelled }
        connection.pauseReading(false)
        let bound = LoopBound(self, on: loop)
        await withTaskCancellationHandler {
            await withUnsafeContinuation { reader = $0 }
        } onCancel: {
            bound.loop.execute { bound.value.cancel() }
        }
        if isCancelled, outcome == nil { throw .cancelled }
    }

    /// Its reader goes on at once: the server may have frozen, and `drain` knows how long to wait for it.
    private func cancel() {
        guard outcome == nil, !isCancelled, !isDraining else { return }
        isCancelled = true
        stop()
        wake()
    }

    /// Waits for the end of the statement, without its rows; a server that does not come to it loses the connection.
    func drain(on loop: EventLoop) async {
        isDraining = true
        rows = []
        taken = 0
        guard outcome == nil else { return }
        if !isCancelled { stop() }
        connection.pauseReading(false)
        let timer = loop.schedule(at: loop.now + Self.drainTimeout) { self.connection.broke("rows without end") }
        await withUnsafeContinuation { reader = $0 }
        loop.cancel(timer)
    }
}
