import JSON
import Loop
import Postgres
import Telemetry

/// How a worker lets go of a job.
enum JobEnding: Sendable, Equatable {
    /// With its result as JSON text.
    case completed(String)
    case failed(JobProblem)
    case cancelled
    /// Queued again after a failure, if there are attempts left; else failed.
    case retried(JobProblem, after: Duration)
    /// Queued again at once; the attempt does not count.
    case released
}

extension JobEnding {
    /// Completed, unless the result is too long to be kept.
    static func completed(_ result: String, upTo limit: Int) -> JobEnding {
        let size = result.utf8.count
        guard size > limit else { return .completed(result) }
        return .failed(
            JobProblem(
                code: "result_too_large", message: "the job's result has \(size) bytes; it may have \(limit)"))
    }

    /// What is tried when the database refuses to store an ending; nil when nothing simpler is left, and the lease runs
    /// out.
    var simpler: JobEnding? {
        let refused = JobProblem(code: "result_refused", message: "the job's result cannot be stored")
        return switch self {
        case .completed: .failed(refused)
        case .retried(let problem, _) where problem != refused: .retried(refused, after: .seconds(60))
        case .failed(let problem) where problem != refused: .failed(refused)
        case .failed, .retried, .cancelled, .released: nil
        }
    }
}

extension JobQueue {
    /// Ends an attempt: the row's change, its events and the callback are one statement. Answers the state that the job
    /// is in now; throws `leaseLost` when it was no longer ours.
    @discardableResult
    func end(_ lease: ClaimedJob.Lease, _ ending: JobEnding) async throws(JobError) -> JobState {
        let sql: SQL =
            switch ending {
            case .completed(let result): Self.complete(lease, result)
            case .failed(let problem): Self.finish(lease, .failed, problem)
            case .cancelled: Self.finish(lease, .cancelled, nil)
            case .retried(let problem, let delay): Self.requeue(lease, problem, delay, counts: true)
            case .released: Self.requeue(lease, nil, .zero, counts: false)
            }
        let rows = try await run(sql)
        guard let row = rows.first else { throw .leaseLost }
        return try row.cell("state")
    }

    /// Completes many jobs, given with their results as JSON text. Answers which of them were still held.
    public func complete(_ jobs: [(job: ClaimedJob, result: String)]) async throws(JobError) -> Set<UUID> {
        for (_, result) in jobs { try check(result) }
        let rows = try await run(Self.complete(jobs.map { ($0.job.lease, $0.result) }))
        var ids: Set<UUID> = []
        for row in rows { ids.insert(try row.cell("id")) }
        metrics.completed.add(ids.count)
        return ids
    }

    /// Completes one job.
    public func complete(_ job: ClaimedJob, result: String) async throws(JobError) {
        try check(result)
        try await end(job.lease, .completed(result))
        metrics.completed.add()
    }

    private func check(_ result: String) throws(JobError) {
        guard result.utf8.count <= settings.resultBytes else {
            throw .invalid("a job's result may have \(settings.resultBytes) bytes")
        }
    }

    /// Written out with what `JobSQL.announce` says, for every job takes it.
    static func complete(_ lease: ClaimedJob.Lease, _ result: String) -> SQL {
        """
        WITH changed AS (
            UPDATE jobs SET
                state = 'completed', result = \(result)::json, error = NULL, progress = 1,
                finished_at = clock_timestamp(), last_event = last_event + 1, lease_token = NULL,
                ended_token = lease_token
            WHERE id = \(lease.id) AND lease_token = \(lease.token)
            RETURNING id, kind, state, attempt, result, error, callback_url, finished_at
        ), called AS (
            INSERT INTO job_outbox (job_id, url, host, body)
            SELECT id, callback_url,
                COALESCE(lower(substring(callback_url FROM '^[a-zA-Z]+://(?:[^/?#]*@)?([^/?#]*)')), ''),
                json_build_object(
                    'type', 'job.' || state, 'timestamp', to_char(finished_at AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'data', json_build_object('job_id', id, 'kind', kind, 'state', state, 'attempt', attempt,
                        'result', result, 'error', error)
                )::text
            FROM changed WHERE callback_url IS NOT NULL
        ), noticed AS (
            SELECT pg_notify('jobs_' || to_hex(hashtextextended(current_schema(), 0)), 'e' || changed.id) FROM changed
            WHERE EXISTS (SELECT FROM job_watchers w WHERE w.job_id = changed.id AND w.until > now())
        )
        SELECT state, (SELECT count(*) FROM noticed) FROM changed
        """
    }

    /// By an array rather than a join: a plan made while the queue was empty would go over all jobs for each of these.
    static func complete(_ jobs: [(lease: ClaimedJob.Lease, result: String)]) -> SQL {
        """
        WITH changed AS (
            UPDATE jobs SET
                state = 'completed', error = NULL, progress = 1, finished_at = clock_timestamp(),
                result = (
                    SELECT done.result FROM unnest(\(jobs.map(\.lease.id))::uuid[], \(jobs.map(\.result))::text[])
                        AS done (id, result)
                    WHERE done.id = jobs.id
                )::json,
                last_event = last_event + 1, lease_token = NULL, ended_token = lease_token
            WHERE id = ANY(\(jobs.map(\.lease.id))::uuid[]) AND lease_token = ANY(\(jobs.map(\.lease.token))::uuid[])
            RETURNING id, kind, state, attempt, result, error, callback_url, finished_at
        ), \(fragment: JobSQL.announce)
        SELECT id, (SELECT count(*) FROM noticed) FROM changed
        """
    }

    private static func finish(_ lease: ClaimedJob.Lease, _ state: JobState, _ problem: JobProblem?) -> SQL {
        """
        WITH changed AS (
            UPDATE jobs SET
                state = \(state)::text, error = \(fragment: json(problem)), finished_at = clock_timestamp(),
                last_event = last_event + 1, lease_token = NULL, ended_token = lease_token
            WHERE id = \(lease.id) AND lease_token = \(lease.token)
            RETURNING id, kind, state, attempt, result, error, callback_url, finished_at
        ), \(fragment: JobSQL.announce)
        SELECT state, (SELECT count(*) FROM noticed) FROM changed
        """
    }

    private static func requeue(
        _ lease: ClaimedJob.Lease, _ problem: JobProblem?, _ delay: Duration, counts: Bool
    ) -> SQL {
        let held: SQL = """
            SELECT id,
                \(counts) AND attempt - released >= max_attempts AS is_last,
                \(delay.inSeconds)::double precision * interval '1 second' AS delay,
                \(fragment: json(problem)) AS problem, \(counts ? 0 : 1)::integer AS given_back
            FROM jobs WHERE id = \(lease.id) AND lease_token = \(lease.token)
            FOR NO KEY UPDATE
            """
        return again(held, reason: counts ? "failed" : "released", wake: delay <= .zero)
    }

    static func json(_ problem: JobProblem?) -> SQL {
        guard let problem else { return "NULL::json" }
        return "\(json: problem)::json"
    }

    /// Moves attempts that did not come to their end on: to the queue, or out of it when they were cancelled or the
    /// last. What was made from the row so far (that the attempt began) becomes an event of its own.
    static func again(_ held: SQL, reason: String, wake: Bool) -> SQL {
        """
        WITH held AS MATERIALIZED (\(fragment: held)), changed AS (
            UPDATE jobs SET
                state = CASE
                    WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN held.is_last THEN 'failed'
                    ELSE 'queued' END,
                error = CASE WHEN cancel_requested_at IS NULL THEN held.problem END,
                released = released + held.given_back,
                run_at = CASE WHEN cancel_requested_at IS NULL AND NOT held.is_last THEN now() + held.delay
                    ELSE run_at END,
                finished_at = CASE WHEN cancel_requested_at IS NOT NULL OR held.is_last THEN clock_timestamp() END,
                progress = CASE WHEN cancel_requested_at IS NULL AND NOT held.is_last THEN 0 ELSE progress END,
                stage = CASE WHEN cancel_requested_at IS NULL AND NOT held.is_last THEN NULL ELSE stage END,
                last_event = last_event + 1, lease_token = NULL, ended_token = lease_token
            FROM held WHERE jobs.id = held.id
            RETURNING jobs.id, queue, kind, state, attempt, result, error, callback_url, finished_at, run_at, last_event,
                started_event, started_at, worker
        ), written AS (
            INSERT INTO job_events (job_id, seq, at, type, data)
            SELECT id, started_event, started_at, 'started', json_build_object('attempt', attempt)
            FROM changed WHERE state = 'queued'
            UNION ALL
            SELECT id, last_event, clock_timestamp(), 'retry', json_build_object(
                'attempt', attempt, 'reason', \(reason)::text, 'error', error,
                'delay', extract(epoch FROM run_at - now())::double precision)
            FROM changed WHERE state = 'queued'
        ), woken AS (
            DELETE FROM job_sleepers WHERE \(wake) AND worker = ANY(ARRAY(
                SELECT worker FROM job_sleepers
                WHERE queue = ANY(SELECT queue FROM changed WHERE state = 'queued') AND until > now()
                LIMIT (SELECT count(*) FROM changed WHERE state = 'queued') FOR UPDATE SKIP LOCKED
            ))
            RETURNING pg_notify(\(fragment: JobSQL.channel), 'w' || worker)
        ), \(fragment: JobSQL.announce)
        SELECT id, state, (SELECT count(*) FROM noticed), (SELECT count(*) FROM woken) FROM changed
        """
    }

    /// Takes jobs whose lease ran out from their workers. Answers how many.
    @discardableResult
    public func sweep() async throws(JobError) -> Int {
        let held: SQL = """
            SELECT id, attempt - released >= max_attempts AS is_last, interval '0' AS delay,
                CASE WHEN attempt - released >= max_attempts THEN \(json: JobProblem.leaseExpired)::json END AS problem,
                0 AS given_back
            FROM jobs WHERE state = 'running' AND lease_until < clock_timestamp()
            LIMIT \(settings.batch) FOR NO KEY UPDATE SKIP LOCKED
            """
        let rows = try await run(Self.again(held, reason: "lease_expired", wake: true))
        var failed = 0
        for row in rows where try row.cell("state", as: JobState.self) == .failed { failed += 1 }
        metrics.leasesLost.add(rows.count)
        metrics.failed.add(failed)
        if !rows.isEmpty { logger.warning("job_leases_expired", ["count": .int(rows.count)]) }
        return rows.count
    }
}
