import JSON

/// A job as the routes show it.
public struct JobDocument: Codable, Sendable, Equatable {
    public var jobID: UUID
    public var kind: String
    public var state: JobState
    public var progress: Double
    public var stage: String?
    public var priority: Int
    public var attempt: Int
    public var maximumAttempts: Int
    public var isCancelRequested: Bool
    public var error: JobProblem?
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?

    public init(_ job: Job) {
        jobID = job.id
        kind = job.kind
        state = job.state
        progress = job.progress
        stage = job.stage
        priority = job.priority
        attempt = job.attempt
        maximumAttempts = job.maximumAttempts
        isCancelRequested = job.isCancelRequested
        error = job.error
        createdAt = job.createdAt
        startedAt = job.startedAt
        finishedAt = job.finishedAt
    }

    enum CodingKeys: String, CodingKey {
        case kind, state, progress, stage, priority, attempt, error
        case jobID = "job_id"
        case maximumAttempts = "max_attempts"
        case isCancelRequested = "cancel_requested"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}

/// A job with its result, once it is completed.
struct JobAnswer: Codable, Sendable {
    var job: JobDocument
    var result: JSONValue?

    func encode(to encoder: any Encoder) throws {
        try job.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(result, forKey: .result)
    }

    init(job: JobDocument, result: JSONValue?) {
        self.job = job
        self.result = result
    }

    init(from decoder: any Decoder) throws {
        job = try JobDocument(from: decoder)
        result = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(JSONValue.self, forKey: .result)
    }

    enum CodingKeys: CodingKey { case result }
}

struct JobListAnswer: Codable, Sendable {
    var jobs: [JobDocument]
    var page: Int
    var pageSize: Int
    var total: Int
    var totalPages: Int

    enum CodingKeys: String, CodingKey {
        case jobs, page, total
        case pageSize = "page_size"
        case totalPages = "total_pages"
    }
}

struct ArtifactListAnswer: Codable, Sendable {
    struct Artifact: Codable, Sendable {
        var name: String
        var size: Int
        var contentType: String
        var sha256: String?

        enum CodingKeys: String, CodingKey {
            case name, size, sha256
            case contentType = "content_type"
        }
    }

    var artifacts: [Artifact]
}
