import JSON
import Postgres

/// A callback that is being delivered.
struct ClaimedCallback: Sendable, Decodable {
    var id: UUID
    var jobID: UUID?
    var url: String
    var host: String
    var body: String
    /// How often it was tried, with this try; what the outcome must show.
    var attempts: Int
    /// Its time is up: this try is the last.
    var isLast: Bool

    enum CodingKeys: String, CodingKey {
        case id, url, host, body, attempts
        case jobID = "job_id"
        case isLast = "is_last"
    }
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

    /// Takes callbacks that are due and not for a host that is busy. Until the lease is over nobody else takes them.
    func claimCallbacks(
        _ count: Int, besides hosts: [String], lease: Duration, lifetime: Duration
    ) async throws(JobError) -> [ClaimedCallback] {
        try await run(
            """
            UPDATE job_outbox SET
                attempts = attempts + 1,
                next_at = clock_timestamp() + \(lease.inSeconds)::double precision * interval '1 second'
            WHERE id = ANY(ARRAY(
                SELECT id FROM job_outbox
                WHERE delivered_at IS NULL AND dead_at IS NULL AND next_at <= now() AND host <> ALL(\(hosts)::text[])
                ORDER BY next_at LIMIT \(count)::bigint FOR UPDATE SKIP LOCKED
            ))
            RETURNING id, job_id, url, host, body, attempts,
                created_at < now() - \(lifetime.inSeconds)::double precision * interval '1 second' AS is_last
            """
        ).decodeJobs(ClaimedCallback.self)
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
