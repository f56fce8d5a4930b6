import HTTP
import JSON
import Loop

/// The routes of a service's jobs, the same in every service:
///
///     let jobs = JobRoutes(queue, artifacts: store) { request in try identity.caller(of: request) }
///     routes.group("/asr") { routes in routes.declare(jobs) }
///
/// A caller sees his own jobs, an admin everybody's; what he may not see is not there.
public struct JobRoutes: Sendable {
    let queue: JobQueue
    let artifacts: (any ArtifactSource)?
    let identify: @Sendable (Request) async throws -> JobCaller
    let seats: JobStreamSeats

    public init(
        _ queue: JobQueue, artifacts: (any ArtifactSource)? = nil,
        identify: @escaping @Sendable (Request) async throws -> JobCaller
    ) {
        self.queue = queue
        self.artifacts = artifacts
        self.identify = identify
        seats = JobStreamSeats(limit: queue.settings.streamsPerCaller, metrics: queue.metrics)
    }

    /// A longer result is left out of a job's document.
    static let maximumInlineResult = 256 * 1024

    /// A job that the request's caller may see.
    func job(_ request: Request, _ id: String?) async throws -> Job {
        let caller = try await identify(request)
        guard let id = id.flatMap({ UUID($0) }), let job = try await queue.job(id, of: caller.scope) else {
            throw JobError.notFound
        }
        return job
    }
}

struct JobListParameters: Codable, Sendable {
    var state: JobState?
    var page: Int?
    var pageSize: Int?

    enum CodingKeys: String, CodingKey {
        case state, page
        case pageSize = "page_size"
    }
}

extension JobListParameters: Validated {
    static let rules: [Rule<JobListParameters>] = [
        .range("page", { $0.page }, 1...1_000_000), .range("page_size", { $0.pageSize }, 1...100),
    ]
}

struct JobParameters: Codable, Sendable {
    var id: String
}

extension Routes {
    /// Declares the routes of jobs below the group's prefix.
    public mutating func declare(_ jobs: JobRoutes) {
        declareReading(jobs)
        declareSteering(jobs)
        declareEvents(jobs)
        declareArtifacts(jobs)
    }

    private mutating func declareReading(_ jobs: JobRoutes) {
        endpoint(
            .get, "/jobs",
            Operation(
                "The caller's jobs, the latest first",
                details: "`total` counts \(JobQueue.countLimit) jobs at most.", tag: "jobs", needsToken: true),
            parameters: JobListParameters.self
        ) { call in
            let caller = try await jobs.identify(call.request)
            let (page, size) = (call.parameters.page ?? 1, call.parameters.pageSize ?? 20)
            let found = try await jobs.queue.jobs(
                of: caller.scope, states: call.parameters.state.map { [$0] } ?? [], page: page, pageSize: size)
            return JobListAnswer(
                jobs: found.jobs.map(JobDocument.init), page: page, pageSize: size, total: found.total,
                totalPages: (found.total + size - 1) / size)
        }
        endpoint(
            .get, "/jobs/{id}",
            Operation(
                "One job, with its result once it is completed", tag: "jobs", needsToken: true, failures: [.notFound]),
            parameters: JobParameters.self
        ) { call in
            let job = try await jobs.job(call.request, call.parameters.id)
            guard job.state == .completed,
                let text = try await jobs.queue.result(of: job.id, upTo: JobRoutes.maximumInlineResult)
            else { return JobAnswer(job: JobDocument(job), result: nil) }
            return JobAnswer(job: JobDocument(job), result: try JSONValue.parse(Array(text.utf8)))
        }
    }

    private mutating func declareSteering(_ jobs: JobRoutes) {
        endpoint(
            .post, "/jobs/{id}/cancel",
            Operation(
                "Stops a job: a queued one at once, a running one within seconds", tag: "jobs", needsToken: true,
                failures: [.notFound, .conflict]),
            parameters: JobParameters.self, status: .accepted
        ) { call in
            let job = try await jobs.job(call.request, call.parameters.id)
            let state = try await jobs.queue.cancel(job.id)
            guard state == .running || state == .cancelled else { throw JobError.wrongState(state) }
            return JobDocument(try await jobs.job(call.request, call.parameters.id))
        }
        endpoint(
            .post, "/jobs/{id}/retry",
            Operation(
                "Queues a job again that failed or was cancelled", tag: "jobs", needsToken: true,
                failures: [.notFound, .conflict]),
            parameters: JobParameters.self, status: .accepted
        ) { call in
            let job = try await jobs.job(call.request, call.parameters.id)
            try await jobs.queue.retry(job.id)
            return JobDocument(try await jobs.job(call.request, call.parameters.id))
        }
    }
}
