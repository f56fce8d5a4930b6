import JSON
import Postgres

/// A callback that is being delivered.
struct ClaimedCallback: Sendable {
    var id: UUID
    var url: String
    var host: String
    /// As bytes, which is how it is signed and sent: held once.
    var body: [UInt8]
    /// How often it was tried, with this try; what the outcome must show.
    var attempts: Int
    /// Its time is up: this try is the last.
    var isLast: Bool
}

extension JobQueue {
    /// Leaves a callback to be sent: with the caller's transaction, so that it is sent if and only if that commits.
    /// What jobs with a `callbackURL` send at their end is left by itself. Answers the `webhook-id`.
    @discardableResult
    public func send(
        _ body: String, to url: String, of job: UUID? = nil, in statements: (any Statements)? = nil
    ) async throws(JobError) -> UUID {
        let rows = try await run(
            """
            INSERT INTO job_outbox (job_id, url, host, body)
            VALUES (\(job), \(url), COALESCE(\(fragment: JobSQL.host(of: "\(url)::text")), ''), \(body)) RETURNING id
            """, in: statements)
        return try rows[0].cell("id")
    }

    /// Takes up to `count` callbacks that are due, for each host no more than `perHost` with those that are running.
    /// Until the lease is over nobody else takes them. Nothing is taken only when nothing is left for a host that is
    /// free: the first one found for such a host is always within its share.
    func claimCallbacks(
        _ count: Int, perHost: Int, running: [String: Int], lease: Duration, lifetime: Duration
    ) async throws(JobError) -> [ClaimedCallback] {
        let busy = running.filter { $0.value < perHost }
        let full = running.filter { $0.value >= perHost }.map(\.key)
        let rows = try await run(
            """
            UPDATE job_outbox SET
                attempts = attempts + 1,
                next_at = clock_timestamp() + \(lease.inSeconds)::double precision * interval '1 second'
            WHERE id = ANY(ARRAY(
                SELECT id FROM (
                    SELECT id, host, row_number() OVER (PARTITION BY host ORDER BY next_at) AS place FROM (
                        SELECT id, host, next_at FROM job_outbox
                        WHERE delivered_at IS NULL AND dead_at IS NULL AND next_at <= now()
                            AND host <> ALL(\(full)::text[])
                        ORDER BY next_at LIMIT \(count)::bigint FOR UPDATE SKIP LOCKED
                    ) AS due
                ) AS placed
                WHERE place <= \(perHost)::bigint - COALESCE((
                    SELECT running FROM unnest(\(Array(busy.keys))::text[], \(Array(busy.values))::bigint[])
                        AS busy (host, running)
                    WHERE busy.host = placed.host
                ), 0)
            ))
            RETURNING id, url, host, convert_to(body, 'UTF8') AS body, attempts,
                created_at < now() - \(lifetime.inSeconds)::double precision * interval '1 second' AS is_last
            """)
        var callbacks: [ClaimedCallback] = []
        callbacks.reserveCapacity(rows.count)
        for row in rows {
            callbacks.append(
                ClaimedCallback(
                    id: try row.cell("id"), url: try row.cell("url"), host: try row.cell("host"),
                    body: try row.cell("body"), attempts: try row.cell("attempts"), isLast: try row.cell("is_last")))
        }
        return callbacks
    }

    /// Notes what became of a try, unless another try began meanwhile.
    func note(_ verdict: CallbackVerdict, of callback: ClaimedCallback, next: Duration) async throws(JobError) {
        let (isDelivered, isDead, problem): (Bool, Bool, String?) =
            switch verdict {
            case .delivered: (true, false, nil)
            case .again(let problem, _): (false, false, problem)
            case .dead(let problem): (false, true, problem)
            }
        _ = try await run(
            """
            UPDATE job_outbox SET
                delivered_at = CASE WHEN \(isDelivered) THEN clock_timestamp() END,
                dead_at = CASE WHEN \(isDead) THEN clock_timestamp() END,
                last_problem = \(problem),
                next_at = clock_timestamp() + \(next.inSeconds) * interval '1 second'
            WHERE id = \(callback.id) AND attempts = \(callback.attempts) AND delivered_at IS NULL
            """)
    }
}

extension JobSQL {
    /// Host and port of a URL in SQL; only for being fair between them.
    static func host(of url: SQL) -> SQL {
        "lower(substring(\(fragment: url) FROM '^[a-zA-Z]+://(?:[^/?#]*@)?([^/?#]*)'))"
    }
}
