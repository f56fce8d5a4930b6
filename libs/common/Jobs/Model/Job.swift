import JSON
import Postgres

/// A job as its row says, without its payload and result, which may be large.
public struct Job: Codable, Sendable, Equatable {
    public var id: UUID
    public var queue: String
    public var kind: String
    public var ownerID: String
    public var priority: Int
    public var state: JobState
    /// How often it was claimed; the latest number fences off those before it.
    public var attempt: Int
    public var maximumAttempts: Int
    /// 0 to 1.
    public var progress: Double
    public var stage: String?
    public var error: JobProblem?
    public var isCancelRequested: Bool
    public var callbackURL: String?
    public var runAt: Timestamp
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// The number of its latest event.
    public var lastEvent: Int

    enum CodingKeys: String, CodingKey {
        case id, queue, kind, priority, state, attempt, progress, stage, error
        case ownerID = "owner_id"
        case maximumAttempts = "max_attempts"
        case isCancelRequested = "is_cancel_requested"
        case callbackURL = "callback_url"
        case runAt = "run_at"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case lastEvent = "last_event"
    }

    static let columns: SQL = """
        id, queue, kind, owner_id, priority, state, attempt, max_attempts, progress, stage, error,
        cancel_requested_at IS NOT NULL AS is_cancel_requested, callback_url, run_at, created_at, started_at, finished_at,
        last_event
        """
}

/// Why a job failed, as its owner is told.
public struct JobProblem: Codable, Sendable, Equatable {
    /// Stable and machine-readable, in snake case.
    public var code: String
    public var message: String
    public var details: JSONValue?

    public init(code: String, message: String, details: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.details = details
    }

    static let leaseExpired = JobProblem(
        code: "lease_expired", message: "every worker that took the job vanished before it was done")
}

/// A page of jobs.
public struct JobPage: Sendable {
    public var jobs: [Job]
    /// All that there are, counted up to `JobQueue.countLimit`.
    public var total: Int
}
