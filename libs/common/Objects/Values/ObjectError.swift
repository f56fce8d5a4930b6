import HTTP
import Loop

/// Why an object store did not do what it was asked.
public enum ObjectError: Error, Sendable {
    /// There is no such object, bucket or upload.
    case notFound
    case accessDenied(String)
    /// `ifNoneMatch` was asked for and the object exists, or it is no longer the version that was meant.
    case preconditionFailed
    case tooLarge(limit: Int)
    /// What was stored or received is not what its checksum says.
    case checksumMismatch
    /// The store cannot answer now; it may have said when it will.
    case unavailable(retryAfter: Duration?)
    case timedOut
    /// The connection ended in the middle.
    case connectionLost
    case invalidKey(String)
    case invalidRange
    /// The request makes no sense; says why.
    case invalidRequest(String)
    /// The source of an upload failed, or yielded more or less than it had declared.
    case sourceFailed(any Error)
    /// A file on our side could not be read or written.
    case fileFailed(operation: String, code: Int32)
    case storageFull
    /// The store answers something that is not its protocol.
    case malformedAnswer(String)
    /// Any other refusal: the status and the store's own code.
    case refused(status: Int, code: String)
    case cancelled
}

extension ObjectError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound: "there is no such object"
        case .accessDenied(let reason): "access is denied: \(reason)"
        case .preconditionFailed: "the object exists already or has changed"
        case .tooLarge(let limit): "more than \(limit) bytes"
        case .checksumMismatch: "the bytes do not match their checksum"
        case .unavailable: "the store is not available"
        case .timedOut: "the store did not answer in time"
        case .connectionLost: "the connection to the store ended early"
        case .invalidKey(let reason): "the key is not valid: \(reason)"
        case .invalidRange: "the object has no such range"
        case .invalidRequest(let reason): "the request is not valid: \(reason)"
        case .sourceFailed(let error): "the source of the upload failed: \(error)"
        case .fileFailed(let operation, let code): "\(operation) failed with error \(code)"
        case .storageFull: "there is no room left in the store"
        case .malformedAnswer(let reason): "the store's answer is malformed: \(reason)"
        case .refused(let status, let code): "the store refused with \(status) \(code)"
        case .cancelled: "the request was cancelled"
        }
    }
}

extension ObjectError: ServiceErrorConvertible {
    public var serviceError: ServiceError {
        switch self {
        case .notFound: ServiceError(.notFound, "object_not_found", "there is no such object", cause: self)
        case .preconditionFailed:
            ServiceError(.preconditionFailed, "object_exists", "the object exists already or has changed", cause: self)
        case .tooLarge(let limit):
            ServiceError(.contentTooLarge, "object_too_large", "an object may have \(limit) bytes", cause: self)
        case .checksumMismatch:
            ServiceError(.badRequest, "checksum_mismatch", "the bytes do not match their checksum", cause: self)
        case .invalidKey(let reason), .invalidRequest(let reason):
            ServiceError(.badRequest, "invalid_object_request", reason, cause: self)
        case .invalidRange:
            ServiceError(.rangeNotSatisfiable, "invalid_range", "the object has no such range", cause: self)
        case .storageFull:
            ServiceError(.insufficientStorage, "storage_full", "there is no room to store this", cause: self)
        case .unavailable, .timedOut, .connectionLost, .cancelled:
            ServiceError(
                .serviceUnavailable, "object_store_unavailable", "the object store is not available",
                headers: ["retry-after": String(retryAfterSeconds)], cause: self)
        case .accessDenied, .sourceFailed, .fileFailed, .malformedAnswer, .refused:
            ServiceError(.internalServerError, "internal_error", "something went wrong on our side", cause: self)
        }
    }

    private var retryAfterSeconds: Int64 {
        if case .unavailable(let wait?) = self { return max(1, wait.components.seconds) }
        return 1
    }
}

extension ObjectError {
    /// Whatever was thrown on the way, in this module's words.
    init(wrapping error: any Error) {
        switch error {
        case let error as ObjectError: self = error
        case let error as ClientError: self.init(error)
        case is CancellationError: self = .cancelled
        case is BlockingPool.Overloaded: self = .unavailable(retryAfter: nil)
        case let error as FileWriteError: self = .file("write", error.code)
        case let error as LoopError: self = .file(error.operation, error.code)
        case BodyError.tooLarge(let limit): self = .tooLarge(limit: limit)
        default: self = .sourceFailed(error)
        }
    }

    init(_ error: ClientError) {
        switch error {
        case .timedOut: self = .timedOut
        case .connectionLost: self = .connectionLost
        case .couldNotConnect, .couldNotResolve, .poolExhausted: self = .unavailable(retryAfter: nil)
        case .bodyTooLarge(let limit): self = .tooLarge(limit: limit)
        case .requestBodyFailed(let cause): self.init(wrapping: cause)
        case .cancelled: self = .cancelled
        case .untrustedPeer(let reason), .refusedDestination(let reason): self = .accessDenied(reason)
        case .invalidRequest(let reason): self = .invalidRequest(reason)
        case .malformedResponse(let reason), .transferFailed(let reason): self = .malformedAnswer(reason)
        case .tooManyRedirects, .bodyNotRepeatable: self = .malformedAnswer("a redirect")
        }
    }
}

/// Runs `body` and gives what it throws this module's type.
func inObjectErrors<Result>(_ body: () async throws -> Result) async throws(ObjectError) -> Result {
    do { return try await body() } catch { throw ObjectError(wrapping: error) }
}
