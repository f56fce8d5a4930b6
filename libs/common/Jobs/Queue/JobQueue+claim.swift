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
    /// The number of the event that the attempt began.
    let startedEvent: Int
    let lease: Lease

    /// What every write for the job must show.
    struct Lease: Sendable, Hashable {
        let id: UUID
        let token: UUID
    }
}

extension JobQueue {
    /// Takes up to `count` jobs that are due, the highest priority first and the longest due among equals. Of several
    /// kinds the one whose first job has waited longest goes first.
    ///
    /// The token is the caller's: when the answer is lost on its way, `giveBack` returns what was taken.
    public func claim(
        _ count: Int, from queue: String, kinds: [String], worker: String, token: UUID = UUID()
    ) async throws(JobError) -> [ClaimedJob] {
        guard count > 0, !kinds.isEmpty else { return [] }
        let scope = ClaimFloors.Scope(queue: queue, kinds: Set(kinds).sorted())
        let claim = Claim(count: count, scope: scope, worker: worker, token: token, lease: settings.lease)
        let (floors, isFromStart) = nextFloors(of: scope)
        var rows = try await run(claim.statement(floors))
        if rows.isEmpty, !isFromStart {
            self.floors.withLock { $0[scope]?.foundNothing() }
            rows = try await run(claim.statement(nextFloors(of: scope).floors))
        }
        var jobs: [ClaimedJob] = []
        jobs.reserveCapacity(rows.count)
        for row in rows {
            let kind: String = try row.cell("kind")
            let (priority, runAt): (Int, Timestamp) = (try row.cell("priority"), try row.cell("run_at"))
            self.floors.withLock { $0[scope]?.claimed(kind, priority: priority, runAt: runAt) }
            let id: UUID = try row.cell("id")
            let job = ClaimedJob(
                id: id, kind: kind, queue: queue, ownerID: try row.cell("owner_id"),
                attempt: try row.cell("attempt"), maximumAttempts: try row.cell("max_attempts"),
                failures: try row.cell("failures"), payload: try row.cell("payload"),
                createdAt: try row.cell("created_at"), waited: .microseconds(try row.cell("waited", as: Int.self)),
                startedEvent: try row.cell("last_event"), lease: ClaimedJob.Lease(id: id, token: token))
            metrics.claimed(job)
            jobs.append(job)
        }
        return jobs
    }

    private func nextFloors(of scope: ClaimFloors.Scope) -> (floors: [Timestamp], isFromStart: Bool) {
        floors.withLock { floors in
            floors[scope, default: ClaimFloors(interval: settings.pollInterval, kinds: scope.kinds)].next(now: .now)
        }
    }

    /// One probe of the index for each kind and priority, so that neither jobs which are not due yet nor those of kinds
    /// that nobody here knows are walked over. An array rather than a join: whatever the planner believes of the number
    /// of rows, it looks them up by their key.
    struct Claim {
        let count: Int
        let scope: ClaimFloors.Scope
        let worker: String
        let token: UUID
        let lease: Duration

        func statement(_ floors: [Timestamp]) -> SQL {
            let found = scope.kinds.count == 1 ? ofOneKind(floors) : ofSeveralKinds(floors)
            return """
                UPDATE jobs SET
                    state = 'running', attempt = attempt + 1, lease_token = \(token)::uuid, ended_token = NULL,
                    worker = \(worker)::text,
                    lease_until = clock_timestamp() + \(lease.inSeconds)::double precision * interval '1 second',
                    started_at = clock_timestamp(), last_event = last_event + 1, started_event = last_event + 1
                WHERE id = ANY(ARRAY(\(fragment: found)))
                RETURNING id, kind, owner_id, attempt, max_attempts, attempt - released - 1 AS failures, payload,
                    created_at, priority, run_at, last_event,
                    (extract(epoch FROM clock_timestamp() - run_at) * 1000000)::bigint AS waited
                """
        }

        private func ofOneKind(_ floors: [Timestamp]) -> SQL {
            """
            SELECT due.id FROM unnest(\(floors)::timestamptz[]) WITH ORDINALITY AS level (floor, number)
            CROSS JOIN LATERAL (
                SELECT id FROM jobs
                WHERE state = 'queued' AND queue = \(scope.queue)::text AND kind = \(scope.kinds[0])::text
                    AND priority = 10 - level.number AND run_at >= level.floor AND run_at <= now()
                ORDER BY run_at, id LIMIT \(count)::bigint FOR UPDATE SKIP LOCKED
            ) AS due
            LIMIT \(count)::bigint
            """
        }

        /// Looks at the first job of each kind and priority, without a lock, then takes them in their order.
        private func ofSeveralKinds(_ floors: [Timestamp]) -> SQL {
            let kinds = scope.kinds.flatMap { Array(repeating: $0, count: ClaimFloors.levels) }
            let priorities = scope.kinds.flatMap { _ in (0..<ClaimFloors.levels).reversed() }
            return """
                SELECT due.id FROM (
                    SELECT probe.kind, probe.priority, probe.floor
                    FROM unnest(\(kinds)::text[], \(priorities)::bigint[], \(floors)::timestamptz[])
                        AS probe (kind, priority, floor)
                    CROSS JOIN LATERAL (
                        SELECT run_at, id FROM jobs
                        WHERE state = 'queued' AND queue = \(scope.queue)::text AND kind = probe.kind
                            AND priority = probe.priority AND run_at >= probe.floor AND run_at <= now()
                        ORDER BY run_at, id LIMIT 1
                    ) AS first
                    ORDER BY probe.priority DESC, first.run_at, first.id
                ) AS level
                CROSS JOIN LATERAL (
                    SELECT id FROM jobs
                    WHERE state = 'queued' AND queue = \(scope.queue)::text AND kind = level.kind
                        AND priority = level.priority AND run_at >= level.floor AND run_at <= now()
                    ORDER BY run_at, id LIMIT \(count)::bigint FOR UPDATE SKIP LOCKED
                ) AS due
                LIMIT \(count)::bigint
                """
        }
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
