import JSON
import Postgres

/// Whose jobs are looked at.
public enum JobScope: Sendable, Equatable {
    case owner(String)
    case everybody

    var condition: SQL {
        switch self {
        case .owner(let id): "owner_id = \(id)"
        case .everybody: "true"
        }
    }
}

extension JobQueue {
    public func job(
        _ id: UUID, of scope: JobScope = .everybody, in statements: (any Statements)? = nil
    ) async throws(JobError) -> Job? {
        try await run(
            "SELECT \(fragment: Job.columns) FROM jobs WHERE id = \(id) AND \(fragment: scope.condition)",
            in: statements
        ).decodeJobs(Job.self).first
    }

    /// The result of a completed job as JSON text, unless it is longer than `maximumBytes`.
    public func result(of id: UUID, upTo maximumBytes: Int = 64 << 20) async throws(JobError) -> String? {
        let rows = try await run(
            """
            SELECT result FROM jobs
            WHERE id = \(id) AND state = 'completed' AND octet_length(result::text) <= \(maximumBytes)
            """)
        guard let row = rows.first else { return nil }
        return try row.cell("result")
    }

    /// The payload of a job as JSON text.
    public func payload(of id: UUID) async throws(JobError) -> String? {
        guard let row = try await run("SELECT payload FROM jobs WHERE id = \(id)").first else { return nil }
        return try row.cell("payload")
    }

    /// Jobs are counted up to here; whoever sees as many knows that there may be more.
    public static let countLimit = 10_000
    /// The same for those that wait in one queue.
    public static let depthLimit = 100_000

    /// The latest jobs first. Pages count from 1.
    public func jobs(
        of scope: JobScope, states: [JobState] = [], kinds: [String] = [], page: Int = 1, pageSize: Int = 20
    ) async throws(JobError) -> JobPage {
        var conditions = [scope.condition]
        // As literals: an index of some states alone serves no parameter.
        if !states.isEmpty { conditions.append("state IN (\(fragment: .joined(states.map(\.literal), ", ")))") }
        if !kinds.isEmpty { conditions.append("kind = ANY(\(kinds)::text[])") }
        let filter = SQL.joined(conditions, " AND ")
        let (skipped, overflow) = max(page - 1, 0).multipliedReportingOverflow(by: pageSize)
        guard !overflow else { throw .invalid("there is no such page") }
        let jobs = try await run(
            """
            SELECT \(fragment: Job.columns) FROM jobs WHERE \(fragment: filter)
            ORDER BY id DESC LIMIT \(pageSize) OFFSET \(skipped)
            """
        ).decodeJobs(Job.self)
        // A page that is not full says how many there are.
        if !jobs.isEmpty && jobs.count < pageSize { return JobPage(jobs: jobs, total: skipped + jobs.count) }
        let counted = try await run(
            """
            SELECT count(*) AS total
            FROM (SELECT FROM jobs WHERE \(fragment: filter) LIMIT \(Self.countLimit)::bigint) AS counted
            """)
        // Who has leafed further has seen more.
        return JobPage(jobs: jobs, total: max(try counted[0].cell("total"), jobs.isEmpty ? 0 : skipped + jobs.count))
    }

    /// How many jobs wait in each queue, counted up to `depthLimit`. The queues are found one after another in the
    /// index, however long each is.
    public func depths() async throws(JobError) -> [String: Int] {
        let rows = try await run(
            """
            WITH RECURSIVE known (queue) AS (
                (SELECT queue FROM jobs WHERE state = 'queued' ORDER BY queue LIMIT 1)
                UNION ALL
                SELECT (
                    SELECT queue FROM jobs WHERE state = 'queued' AND queue > known.queue ORDER BY queue LIMIT 1
                ) FROM known WHERE queue IS NOT NULL
            )
            SELECT queue, (
                SELECT count(*) FROM (
                    SELECT FROM jobs WHERE state = 'queued' AND queue = known.queue LIMIT \(Self.depthLimit)::bigint
                ) AS counted
            ) AS depth
            FROM known WHERE queue IS NOT NULL
            """)
        var depths: [String: Int] = [:]
        for row in rows { depths[try row.cell("queue")] = try row.cell("depth") }
        return depths
    }
}
