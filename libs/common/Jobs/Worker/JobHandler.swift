import HTTP
import JSON
import Loop

/// The code that does jobs of one kind.
public struct JobHandler: Sendable {
    public let kind: String
    public let queue: String
    let retry: RetryPolicy
    let timeLimit: Duration?
    /// From payload to result, both JSON text.
    let run: @Sendable (JobContext) async throws -> String

    public init<Payload, Outcome>(
        _ kind: JobKind<Payload, Outcome>,
        _ body: @escaping @Sendable (JobContext, Payload) async throws -> Outcome
    ) {
        self.kind = kind.name
        queue = kind.queue
        retry = kind.retry
        timeLimit = kind.timeLimit
        run = { context in
            let payload: Payload
            do throws(JSONError) {
                payload = try JSONReader().decode(Payload.self, from: context.job.payload.utf8)
            } catch {
                throw JobFailure.permanent(code: "invalid_payload", message: "the job's payload cannot be read")
            }
            let outcome = try await body(context, payload)
            return String(decoding: try JSONWriter().encode(outcome), as: UTF8.self)
        }
    }

    /// What is written when an attempt has failed.
    func ending(_ error: any Error, failures: Int, draw: Double) -> JobEnding {
        let delay = retry.delay(afterFailures: failures + 1, draw: draw)
        switch (error as? any JobFailureConvertible)?.jobFailure ?? error {
        case JobFailure.permanent(let code, let message, let details):
            return .failed(JobProblem(code: code, message: message, details: details))
        case JobFailure.retryable(let code, let message, let after):
            return .retried(JobProblem(code: code, message: message), after: after ?? delay)
        case let error as ServiceError:
            return .retried(JobProblem(code: error.code, message: error.message), after: delay)
        case let error as any ServiceErrorConvertible:
            let error = error.serviceError
            return .retried(JobProblem(code: error.code, message: error.message), after: delay)
        default:
            return .retried(
                JobProblem(code: "unexpected_error", message: "something went wrong on our side"), after: delay)
        }
    }
}
