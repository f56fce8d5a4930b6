import JSON
import Loop
import Synchronization
import Telemetry

/// A PostgreSQL database: statements on pooled, pipelined connections of the caller's own loop.
///
///     let database = try Database(DatabaseSettings(url: url), loops: loops, blocking: blocking)
///     let masks = try await database.rows("SELECT id, name FROM masks WHERE group_id = \(group)", as: Mask.self)
///     try await database.transaction { transaction in
///         try await transaction.execute("DELETE FROM masks WHERE id = \(id)")
///         try await transaction.execute("INSERT INTO removals (object_key) VALUES (\(key))")
///     }
public final class Database: Statements {
    public let settings: DatabaseSettings
    let blocking: BlockingPool
    let logger: Logger
    let info: ConnectionInfo
    private let loops: EventLoopGroup
    private let observer: DatabaseObserver
    private let listeners = Locked<[UUID: Task<Void, Never>]>([:])
    private let closing = Atomic<Bool>(false)
    private let parts = LoopParts<LoopPool>()

    /// Nothing is connected before it is needed.
    public init(
        _ settings: DatabaseSettings, loops: EventLoopGroup, blocking: BlockingPool, logger: Logger = .silent,
        metrics: Metrics = Metrics()
    ) throws(PostgresError) {
        self.settings = settings
        self.loops = loops
        self.blocking = blocking
        self.logger = logger
        info = try ConnectionInfo(settings)
        observer = DatabaseObserver(logger: logger, metrics: metrics)
    }

    public func run(_ sql: SQL, timeout: Duration? = nil) async throws(PostgresError) -> Rows {
        guard let loop = EventLoop.current else {
            return try await onLoop { () async throws(PostgresError) in try await self.run(sql, timeout: timeout) }
        }
        return Rows(result: try await pool(of: loop).run(sql, timeout: timeout))
    }

    /// Whether the database answers.
    public func check() async throws(PostgresError) {
        _ = try await run("SELECT 1", timeout: .seconds(2))
    }

    /// Closes all connections; whatever is under way fails.
    public func close() {
        closing.store(true, ordering: .relaxed)
        parts.shutDown()
        for task in listeners.withLock({ $0 }).values { task.cancel() }
    }

    /// Listeners have connections of their own, which end with the database's.
    func keepListener(_ task: Task<Void, Never>) -> UUID {
        let key = UUID()
        listeners.withLock { $0[key] = task }
        if isClosed { task.cancel() }
        return key
    }

    func forgetListener(_ key: UUID) {
        listeners.withLock { _ = $0.removeValue(forKey: key) }
    }

    var isClosed: Bool { closing.load(ordering: .relaxed) }

    var nextLoop: EventLoop { loops.nextLoop() }

    func pool(of loop: EventLoop) -> LoopPool {
        parts.part(of: loop) {
            let pool = LoopPool(
                loop: loop, connections: settings.maximumConnections / loops.loops.count, settings: settings,
                info: info, blocking: blocking, observer: observer)
            if isClosed { pool.shutDown() }
            return pool
        }
    }

    /// For callers that are on no loop: tests, programs at their start.
    func onLoop<Result: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let task = Task(executorPreference: loops.nextLoop()) { () async -> Swift.Result<Result, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        return try await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }.get()
    }

    /// The state of all loops' connections, added up.
    public var figures: PoolFigures { observer.figures }
}
