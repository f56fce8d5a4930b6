import JSON
import Loop
import Postgres

/// What a handler knows of its job and can say about it. Sayings are collected and written from time to time, so a
/// handler may speak as often as it likes.
public struct JobContext: Sendable {
    public let job: ClaimedJob
    /// When the attempt's time is up.
    public let deadline: Deadline?
    let attempt: RunningAttempt
    private let queue: JobQueue

    init(_ attempt: RunningAttempt, _ queue: JobQueue) {
        job = attempt.job
        deadline = attempt.deadline
        self.attempt = attempt
        self.queue = queue
    }

    /// Where the attempt's outputs belong: no other attempt writes there.
    public var outputPrefix: String { Self.outputs(of: job.id) + "\(job.attempt)/" }

    /// Where the outputs of all attempts of a job are.
    static func outputs(of job: UUID) -> String { "jobs/\(job)/" }

    /// 0 to 1.
    public func progress(_ value: Double) { attempt.note { $0.progress(value) } }

    public func stage(_ name: String) { attempt.note { $0.stage(name) } }

    /// A line for the job's owner to read.
    public func log(_ line: String) { attempt.note { $0.log(line) } }

    /// Whether the attempt is told to stop; its task is cancelled, too.
    public var isCancelled: Bool { attempt.isStopping }

    /// Makes an output known. It is shown when the job has ended.
    public func add(_ artifact: JobArtifact) async throws(JobError) {
        do throws(JobError) {
            try await queue.add(artifact, to: job.lease)
        } catch {
            if case .leaseLost = error { attempt.answered(isHeld: false, isCancelled: false) }
            throw error
        }
    }

    /// Runs `body` in a transaction that commits only while the job is this attempt's: for effects in the database
    /// that must not come from an attempt that was given up.
    @discardableResult
    public func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        do {
            return try await queue.fenced(job.lease, body)
        } catch JobError.leaseLost {
            attempt.answered(isHeld: false, isCancelled: false)
            throw JobError.leaseLost
        }
    }
}
