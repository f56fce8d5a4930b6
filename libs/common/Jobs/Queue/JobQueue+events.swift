import JSON
import Postgres

extension JobQueue {
    /// The events of a job after the one of number `seq`, in order, at most `limit`.
    ///
    /// That a job was queued, began and ended is told from its row: most jobs need no event of their own. It is read
    /// together with the rest in one statement, so nothing can fall in between.
    public func events(of id: UUID, after seq: Int, limit: Int = 500) async throws(JobError) -> [JobEvent] {
        try await run(
            """
            SELECT seq, at, type, data FROM (
                SELECT seq, at, type, data FROM job_events WHERE job_id = \(id) AND seq > \(seq)
                UNION ALL
                SELECT 1, created_at, 'queued', NULL FROM jobs WHERE id = \(id)
                UNION ALL
                SELECT started_event, started_at, 'started', json_build_object('attempt', attempt) FROM jobs
                WHERE id = \(id) AND started_event > 0 AND state <> 'queued'
                UNION ALL
                SELECT last_event, finished_at, 'end', json_build_object('state', state, 'error', error) FROM jobs
                WHERE id = \(id) AND state IN ('completed', 'failed', 'cancelled')
            ) AS event
            WHERE seq > \(seq) ORDER BY seq LIMIT \(limit)
            """
        ).decodeJobs(JobEvent.self)
    }

    /// The lines of a job's log after the event of number `seq`, and the number of the last event read.
    public func log(of id: UUID, after seq: Int, limit: Int = 200) async throws(JobError) -> (
        lines: [String], seq: Int?
    ) {
        struct Entry: Decodable {
            struct Data: Decodable { var lines: [String] }
            var seq: Int
            var data: Data
        }
        let entries = try await run(
            """
            SELECT seq, data FROM job_events WHERE job_id = \(id) AND type = 'log' AND seq > \(seq)
            ORDER BY seq LIMIT \(limit)
            """
        ).decodeJobs(Entry.self)
        return (entries.flatMap(\.data.lines), entries.last?.seq)
    }

    /// Says that somebody watches a job, so that its changes are told.
    func watch(_ id: UUID, by watcher: UUID, for duration: Duration) async throws(JobError) {
        _ = try await run(
            """
            INSERT INTO job_watchers (job_id, watcher, until)
            VALUES (\(id), \(watcher), now() + \(duration.inSeconds) * interval '1 second')
            ON CONFLICT (job_id, watcher) DO UPDATE SET until = excluded.until
            """)
    }

    /// The artifacts of a job that has ended: those of its last attempt.
    public func artifacts(of id: UUID) async throws(JobError) -> [JobArtifact] {
        try await run(
            """
            SELECT name, location, size, content_type, sha256 FROM job_artifacts
            JOIN jobs ON jobs.id = job_id AND jobs.attempt = job_artifacts.attempt
            WHERE job_id = \(id) AND state IN ('completed', 'failed', 'cancelled') ORDER BY name
            """
        ).decodeJobs(JobArtifact.self)
    }
}
