import JSON
import Postgres

/// What has happened in a job since its last report.
struct JobReport: Sendable, Equatable {
    var progress: Double?
    var stage: String?
    var lines: [String] = []

    var isEmpty: Bool { progress == nil && stage == nil && lines.isEmpty }

    /// The report as events: type and JSON.
    var events: [(type: JobEvent.Kind, data: String)] {
        var events: [(JobEvent.Kind, String)] = []
        if let stage { events.append((.stage, Self.text(["stage": .string(stage)]))) }
        if !lines.isEmpty { events.append((.log, Self.text(["lines": .array(lines.map(JSONValue.string))]))) }
        if let progress { events.append((.progress, Self.text(["progress": .number(progress)]))) }
        return events
    }

    private static func text(_ value: JSONValue) -> String {
        // Strings and finite numbers can always be written.
        (try? value.serialise()).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}

extension JobQueue {
    struct Heartbeat: Sendable {
        /// Of those that were asked for: still held.
        var held: Set<ClaimedJob.Lease> = []
        /// Of those: asked to stop.
        var cancelled: Set<ClaimedJob.Lease> = []

        init(_ rows: Rows) throws(JobError) {
            for row in rows {
                let lease = ClaimedJob.Lease(id: try row.cell("id"), token: try row.cell("lease_token"))
                held.insert(lease)
                if try row.cell("is_cancelled", as: Bool.self) { cancelled.insert(lease) }
            }
        }
    }

    /// Asks what has become of leases, without extending them: for those who were not told that a job is to stop.
    func look(at leases: [ClaimedJob.Lease]) async throws(JobError) -> Heartbeat {
        let rows = try await run(
            """
            SELECT id, lease_token, cancel_requested_at IS NOT NULL AS is_cancelled FROM jobs
            WHERE id = ANY(\(leases.map(\.id))) AND lease_token = ANY(\(leases.map(\.token)))
            """)
        return try Heartbeat(rows)
    }

    /// Extends leases, all in one statement. What is not in the answer is lost.
    ///
    /// A lease that ran out but that nobody took is extended, too: work goes on while the database was away. A row that
    /// an effect of its own has locked is left alone, so that no job waits for another's; nobody can take it meanwhile.
    func beat(_ leases: [ClaimedJob.Lease]) async throws(JobError) -> Heartbeat {
        let mine: SQL = """
            id = ANY(\(leases.map(\.id))) AND lease_token = ANY(\(leases.map(\.token)))
            """
        let rows = try await run(
            """
            WITH extended AS (
                UPDATE jobs SET lease_until = clock_timestamp() + \(settings.lease.inSeconds) * interval '1 second'
                WHERE id = ANY(ARRAY(
                    SELECT id FROM jobs WHERE \(fragment: mine) FOR NO KEY UPDATE SKIP LOCKED
                ))
            )
            SELECT id, lease_token, cancel_requested_at IS NOT NULL AS is_cancelled FROM jobs WHERE \(fragment: mine)
            """)
        return try Heartbeat(rows)
    }

    /// Writes a report. Answers whether the job is asked to stop; throws `leaseLost` when it is no longer ours.
    ///
    /// With the number of the event before it, the same report may be written again: only an attempt adds events to its
    /// job, so those that are there already are these.
    func report(
        _ report: JobReport, after event: Int? = nil, of lease: ClaimedJob.Lease
    ) async throws(JobError) -> Bool {
        let events = report.events
        let rows = try await run(
            """
            WITH changed AS (
                UPDATE jobs SET
                    progress = COALESCE(\(report.progress), progress), stage = COALESCE(\(report.stage), stage),
                    last_event = GREATEST(
                        last_event, COALESCE(\(event)::integer, last_event) + \(events.count)::integer),
                    lease_until = clock_timestamp() + \(settings.lease.inSeconds) * interval '1 second'
                WHERE id = \(lease.id) AND lease_token = \(lease.token)
                RETURNING id, last_event, cancel_requested_at IS NOT NULL AS is_cancelled
            ), written AS (
                INSERT INTO job_events (job_id, seq, type, data)
                SELECT id, last_event - \(events.count)::integer + number, type, data::json
                FROM changed, unnest(\(events.map(\.type.rawValue))::text[], \(events.map(\.data))::text[])
                    WITH ORDINALITY AS event (type, data, number)
                ON CONFLICT (job_id, seq) DO NOTHING
            ), noticed AS (
                SELECT pg_notify(\(fragment: JobSQL.channel), 'e' || changed.id) FROM changed
                WHERE EXISTS (SELECT FROM job_watchers w WHERE w.job_id = changed.id AND w.until > now())
            )
            SELECT is_cancelled, (SELECT count(*) FROM noticed) FROM changed
            """)
        guard let row = rows.first else { throw .leaseLost }
        return try row.cell("is_cancelled")
    }

    /// Runs `body` in a transaction that commits only if the job is still held then: for effects in the database that
    /// no other attempt may have had.
    func fenced<Result: Sendable>(
        _ lease: ClaimedJob.Lease, _ body: @escaping @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        let lifetime = settings.lease.inSeconds
        return try await database.transaction { transaction in
            // The row stays locked until the commit, so nobody can take the job in between.
            let held = try await transaction.rows(
                """
                UPDATE jobs SET lease_until = clock_timestamp() + \(lifetime) * interval '1 second'
                WHERE id = \(lease.id) AND lease_token = \(lease.token) RETURNING id
                """)
            guard held.count == 1 else { throw JobError.leaseLost }
            return try await body(transaction)
        }
    }

    /// Notes an artifact of the attempt. It is shown once the job has ended.
    func add(_ artifact: JobArtifact, to lease: ClaimedJob.Lease) async throws(JobError) {
        guard artifact.hasPlainName else { throw .invalid("an artifact's name is 1 to 200 characters without '/'") }
        let rows = try await run(
            """
            INSERT INTO job_artifacts (job_id, attempt, name, location, size, content_type, sha256)
            SELECT id, attempt, \(artifact.name)::text, \(artifact.location)::text, \(artifact.size)::bigint,
                \(artifact.contentType)::text, \(artifact.sha256)::text
            FROM jobs WHERE id = \(lease.id) AND lease_token = \(lease.token)
            FOR NO KEY UPDATE
            ON CONFLICT (job_id, attempt, name) DO UPDATE SET
                location = excluded.location, size = excluded.size, content_type = excluded.content_type,
                sha256 = excluded.sha256
            RETURNING name
            """)
        if rows.isEmpty { throw .leaseLost }
    }
}
