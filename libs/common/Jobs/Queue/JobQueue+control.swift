import JSON
import Postgres
import Telemetry

extension JobQueue {
    /// Stops a job: a queued one at once, a running one as soon as its worker hears of it. Answers its state; a job that
    /// has ended stays as it is.
    @discardableResult
    public func cancel(_ id: UUID, in statements: (any Statements)? = nil) async throws(JobError) -> JobState {
        let rows = try await run(
            """
            WITH held AS MATERIALIZED (
                SELECT id, state FROM jobs WHERE id = \(id) AND state IN ('queued', 'running') FOR NO KEY UPDATE
            ), changed AS (
                UPDATE jobs SET
                    state = CASE held.state WHEN 'queued' THEN 'cancelled' ELSE held.state END,
                    cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()),
                    finished_at = CASE held.state WHEN 'queued' THEN clock_timestamp() END,
                    started_event = CASE held.state WHEN 'queued' THEN 0 ELSE started_event END,
                    last_event = CASE held.state WHEN 'queued' THEN last_event + 1 ELSE last_event END
                FROM held WHERE jobs.id = held.id
                RETURNING jobs.id, kind, jobs.state, attempt, result, error, callback_url, finished_at
            ), told AS (
                SELECT pg_notify(\(fragment: JobSQL.channel), 'c' || id) FROM changed WHERE state = 'running'
            ), \(fragment: JobSQL.announce)
            SELECT state, (SELECT count(*) FROM noticed), (SELECT count(*) FROM told) FROM changed
            """, in: statements)
        if let row = rows.first {
            let state: JobState = try row.cell("state")
            if state == .cancelled { metrics.cancelled.add() }
            return state
        }
        guard let job = try await job(id, in: statements) else { throw .notFound }
        return job.state
    }

    /// Queues a job that failed or was cancelled again, with all its attempts before it.
    public func retry(_ id: UUID, in statements: (any Statements)? = nil) async throws(JobError) {
        let rows = try await run(
            """
            WITH old AS MATERIALIZED (
                SELECT id, state, error, attempt, started_event, started_at, last_event, finished_at FROM jobs
                WHERE id = \(id) AND state IN ('failed', 'cancelled') FOR NO KEY UPDATE
            ), changed AS (
                UPDATE jobs SET
                    state = 'queued', error = NULL, released = jobs.attempt, run_at = now(), progress = 0, stage = NULL,
                    cancel_requested_at = NULL, finished_at = NULL, started_event = 0,
                    last_event = jobs.last_event + 1
                FROM old WHERE jobs.id = old.id
                RETURNING jobs.id, kind, queue, jobs.state, jobs.attempt, result, jobs.error, callback_url, jobs.finished_at,
                    jobs.last_event
            ), written AS (
                INSERT INTO job_events (job_id, seq, at, type, data)
                SELECT id, started_event, started_at, 'started', json_build_object('attempt', attempt)
                FROM old WHERE started_event > 0
                UNION ALL
                SELECT id, last_event, finished_at, 'end', json_build_object('state', state, 'error', error) FROM old
                UNION ALL
                SELECT id, last_event, clock_timestamp(), 'retry',
                    json_build_object('attempt', attempt, 'reason', 'asked', 'error', NULL, 'delay', 0)
                FROM changed
            ), woken AS (
                DELETE FROM job_sleepers WHERE worker = ANY(ARRAY(
                    SELECT worker FROM job_sleepers
                    WHERE queue = ANY(SELECT queue FROM changed) AND until > now() LIMIT 1 FOR UPDATE SKIP LOCKED
                ))
                RETURNING pg_notify(\(fragment: JobSQL.channel), 'w' || worker)
            ), \(fragment: JobSQL.announce)
            SELECT state, (SELECT count(*) FROM noticed), (SELECT count(*) FROM woken) FROM changed
            """, in: statements)
        guard rows.isEmpty else { return }
        guard let job = try await job(id, in: statements) else { throw .notFound }
        throw .wrongState(job.state)
    }
}
