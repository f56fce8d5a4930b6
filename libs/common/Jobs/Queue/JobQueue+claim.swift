import JSON
import Loop
import Postgres
import Telemetry

/// A job that a worker holds.
public struct ClaimedJob: Sendable {
    public let id: UUID
    public let kind: String
    public let queue: String
    public let ownerID: String
    public let attempt: Int
    public let maximumAttempts: Int
    /// Attempts that failed before this one.
    public let failures: Int
    /// JSON text.
    public let payload: String
    public let createdAt: Timestamp
    let waited: Duration
    let lease: Lease

    /// What every write for the job must show.
    struct Lease: Sendable, Hashable {
        let id: UUID
        let token: UUID
    }
}

extension JobQueue {
    /// Takes up to `count` jobs that are due, the highest priority first and the longest due among equals.
    ///
    /// The token is the caller's: when the answer is lost on its way, `giveBack` returns what was taken.
    public func claim(
        _ count: Int, from queue: String, kinds: [String], worker: String, token: UUID = UUID()
    ) async throws(JobError) -> [ClaimedJob] {
        let (floors, isFromStart) = nextFloors(of: queue)
        var rows = try await run(Self.claim(count, queue, kinds, worker, token, settings.lease, floors))
        if rows.isEmpty, !isFromStart {
            self.floors.withLock { $0[queue]?.foundNothing() }
            rows = try await run(
                Self.claim(count, queue, kinds, worker, token, settings.lease, nextFloors(of: queue).floors))
        }
        var jobs: [ClaimedJob] = []
        jobs.reserveCapacity(rows.count)
        for row in rows {
            let (priority, runAt): (Int, Timestamp) = (try row.cell("priority"), try row.cell("run_at"))
            self.floors.withLock { $0[queue]?.claimed(priority: priority, runAt: runAt) }
            let id: UUID = try row.cell("id")
            let job = ClaimedJob(
                id: id, kind: try row.cell("kind"), queue: queue, ownerID: try row.cell("owner_id"),
                attempt: try row.cell("attempt"), maximumAttempts: try row.cell("max_attempts"),
                failures: try row.cell("failures"), payload: try row.cell("payload"),
                createdAt: try row.cell("created_at"), waited: .microseconds(try row.cell("waited", as: Int.self)),
                lease: ClaimedJob.Lease(id: id, token: token))
            metrics.claimed(job)
            jobs.append(job)
        }
        return jobs
    }

    private func nextFloors(of queue: String) -> (floors: [Timestamp], isFromStart: Bool) {
        floors.withLock { floors in
            floors[queue, default: ClaimFloors(interval: settings.pollInterval)].next(now: .now)
        }
    }

    /// One probe of the index for each priority, so that jobs which are not due yet are never walked over. An array
    /// rather than a join: whatever the planner believes of the number of rows, it looks them up by their key.
    static func claim(
        _ count: Int, _ queue: String, _ kinds: [String], _ worker: String, _ token: UUID, _ lease: Duration,
        _ floors: [Timestamp]
    ) -> SQL {
        """
        UPDATE jobs SET
            state = 'running', attempt = attempt + 1, lease_token = \(token)::uuid, ended_token = NULL,
            worker = \(worker)::text,
            lease_until = clock_timestamp() + \(lease.inSeconds)::double precision * interval '1 second',
            started_at = clock_timestamp(), last_event = last_event + 1, started_event = last_event + 1
        WHERE id = ANY(ARRAY(
            SELECT due.id FROM unnest(\(floors)::timestamptz[]) WITH ORDINALITY AS level (floor, number)
            CROSS JOIN LATERAL (
                SELECT id FROM jobs
                WHERE state = 'queued' AND queue = \(queue)::text AND priority = 10 - level.number
                    AND run_at >= level.floor AND run_at <= now() AND kind = ANY(\(kinds)::text[])
                ORDER BY run_at, id LIMIT \(count)::bigint FOR UPDATE SKIP LOCKED
            ) AS due
            LIMIT \(count)::bigint
        ))
        RETURNING id, kind, owner_id, attempt, max_attempts, attempt - released - 1 AS failures, payload, created_at,
            priority, run_at,
            (extract(epoch FROM clock_timestamp() - run_at) * 1000000)::bigint AS waited
        """
    }

    /// Returns whatever was claimed with a token whose claim came to no known end.
    func giveBack(token: UUID) async throws(JobError) {
        let rows = try await run("SELECT id FROM jobs WHERE state = 'running' AND lease_token = \(token)")
        for row in rows {
            let lease = ClaimedJob.Lease(id: try row.cell("id"), token: token)
            _ = try await end(lease, .released)
        }
    }

    /// Says that a worker waits for work, so that the next job wakes it.
    func sleep(_ worker: UUID, in queue: String, for duration: Duration) async throws(JobError) {
        _ = try await run(
            """
            INSERT INTO job_sleepers (worker, queue, until)
            VALUES (\(worker), \(queue), now() + \(duration.inSeconds) * interval '1 second')
            ON CONFLICT (worker) DO UPDATE SET until = excluded.until, queue = excluded.queue
            """)
    }

    func wakeUp(_ worker: UUID) async throws(JobError) {
        _ = try await run("DELETE FROM job_sleepers WHERE worker = \(worker)")
    }
}
