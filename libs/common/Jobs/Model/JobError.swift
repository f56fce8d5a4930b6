import HTTP
import Postgres

/// Why a call of the queue came to nothing.
public enum JobError: Error, Sendable {
    case database(PostgresError)
    /// The request cannot become a job.
    case invalid(String)
    /// The idempotency key belongs to another request.
    case keyUsedOtherwise
    case notFound
    /// What was asked for does not go with the job's state.
    case wrongState(JobState)
    /// The job is no longer this attempt's: nothing was written.
    case leaseLost
}

extension JobError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .database(let error): error.description
        case .invalid(let reason): reason
        case .keyUsedOtherwise: "the idempotency key was used for another request"
        case .notFound: "there is no such job"
        case .wrongState(let state): "the job is \(state.rawValue)"
        case .leaseLost: "the job is no longer this worker's"
        }
    }

    /// The database is away for now.
    var isUnavailability: Bool {
        if case .database(let error) = self { error.isUnavailability || error.isTimeout } else { false }
    }
}

extension PostgresError {
    var isTimeout: Bool { if case .timedOut = self { true } else { false } }
}

extension JobError: ServiceErrorConvertible {
    public var serviceError: ServiceError {
        switch self {
        case .database(let error) where error.isUnavailability:
            ServiceError(
                .serviceUnavailable, "database_unavailable", "the jobs cannot be reached for now",
                headers: ["retry-after": "1"], cause: error)
        case .database(let error):
            ServiceError(.internalServerError, "internal_error", "something went wrong on our side", cause: error)
        case .invalid(let reason): .badRequest(reason, code: "invalid_job")
        case .keyUsedOtherwise:
            ServiceError(
                .unprocessableContent, "idempotency_key_reused",
                "this Idempotency-Key was used for another request: use a new one")
        case .notFound: .notFound("there is no such job")
        case .wrongState(let state):
            ServiceError(.conflict, "wrong_job_state", "the job is \(state.rawValue)")
        case .leaseLost: ServiceError(.conflict, "lease_lost", "the job is no longer this worker's")
        }
    }
}
