import JSON
import Loop
import Postgres
import Telemetry

/// The jobs of one schema: durable rows that workers claim, hold by a lease and end once.
///
///     let queue = JobQueue(database, loops: context.loops)
///     let job = try await queue.enqueue(JobRequest(transcribe, recording), in: transaction)
///     …
///     let worker = Worker(queue, name: "gpu-1", handlers: [
///         JobHandler(transcribe) { context, recording in
///             context.stage("decoding")
///             return try await engine.run(recording) { context.progress($0) }
///         }
///     ])
///     await worker.run()
public final class JobQueue: Sendable {
    public let database: Database
    public let settings: JobSettings
    let loops: EventLoopGroup
    let logger: Logger
    let metrics: JobMetrics
    let signals: JobSignals
    let floors = Locked<[ClaimFloors.Scope: ClaimFloors]>([:])

    public init(
        _ database: Database, loops: EventLoopGroup, settings: JobSettings = JobSettings(), logger: Logger = .silent,
        metrics: Metrics? = nil
    ) {
        self.database = database
        self.loops = loops
        self.settings = settings
        self.logger = logger
        self.metrics = JobMetrics(metrics)
        signals = JobSignals(database, loops: loops, logger: logger)
    }

    /// Stops listening. Workers and senders are stopped by whoever started them.
    public func close() {
        signals.stop()
    }

    func run(_ sql: SQL, in statements: (any Statements)? = nil) async throws(JobError) -> Rows {
        do {
            return try await (statements ?? database).run(sql, timeout: nil)
        } catch {
            throw .database(error)
        }
    }
}

extension Rows {
    func decodeJobs<Value: Decodable>(_ type: Value.Type) throws(JobError) -> [Value] {
        do { return try decode(type) } catch { throw .database(error) }
    }
}

extension Row {
    func cell<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws(JobError) -> Value {
        do { return try value(column, as: type) } catch { throw .database(error) }
    }
}

/// Pieces that statements share.
enum JobSQL {
    /// One channel for a schema; what is said on it is a hint to look.
    static let channel: SQL = "('jobs_' || to_hex(hashtextextended(current_schema(), 0)))"

    /// Wakes as many idle workers as there are new jobs, each once; a busy one looks by itself. So nothing is sent while
    /// everybody works: a notification makes commits wait for each other.
    static func wake(_ queues: [String], count: Int) -> SQL {
        """
        woken AS (
            DELETE FROM job_sleepers WHERE worker = ANY(ARRAY(
                SELECT worker FROM job_sleepers
                WHERE queue = ANY(\(queues)::text[]) AND until > now() LIMIT \(count) FOR UPDATE SKIP LOCKED
            ))
            RETURNING pg_notify(\(fragment: channel), 'w' || worker)
        )
        """
    }

    /// Tells those who watch the jobs of `changed`, and leaves the callbacks of those that have ended to be sent.
    static let announce: SQL = """
        called AS (
            INSERT INTO job_outbox (job_id, url, host, body)
            SELECT id, callback_url, COALESCE(\(fragment: host(of: "callback_url")), ''),
                json_build_object(
                    'type', 'job.' || state, 'timestamp', to_char(finished_at AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'data', json_build_object('job_id', id, 'kind', kind, 'state', state, 'attempt', attempt,
                        'result', result, 'error', error)
                )::text
            FROM changed WHERE callback_url IS NOT NULL AND state IN ('completed', 'failed', 'cancelled')
        ),
        noticed AS (
            SELECT pg_notify(\(fragment: channel), 'e' || changed.id) FROM changed
            WHERE EXISTS (SELECT FROM job_watchers w WHERE w.job_id = changed.id AND w.until > now())
        )
        """
}
