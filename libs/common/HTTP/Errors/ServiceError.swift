import JSON
import Telemetry

/// What a client is told when a request fails: one shape everywhere.
public struct ServiceError: Error, Sendable {
    public enum Details: Sendable, Equatable {
        case none
        case text(String)
        case fields([FieldError])
    }

    public var status: Status
    /// Stable and machine-readable, in snake case.
    public var code: String
    /// What was wrong and what would be right; never a path, a query or a stack.
    public var message: String
    public var details: Details
    public var headers: Headers
    /// For the log alone.
    public var cause: (any Error)?

    public init(
        _ status: Status, _ code: String, _ message: String, details: Details = .none, headers: Headers = Headers(),
        cause: (any Error)? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers
        self.cause = cause
    }

    public static func notFound(_ message: String = "there is nothing at this path") -> ServiceError {
        ServiceError(.notFound, "not_found", message)
    }

    public static func badRequest(_ message: String, code: String = "bad_request") -> ServiceError {
        ServiceError(.badRequest, code, message)
    }

    public static func validation(_ fields: [FieldError]) -> ServiceError {
        ServiceError(
            .badRequest, "validation_failed", fields.first.map(\.summary) ?? "the request is not valid",
            details: .fields(fields))
    }
}

/// One field of a request that is not as it should be.
public struct FieldError: Codable, Sendable, Equatable {
    /// Where: `$.items[3].name` in a body, or the name of a path or query parameter.
    public var field: String
    public var message: String

    public init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    var summary: String { "\(field): \(message)" }
}

/// Errors of modules that know which answer they mean.
public protocol ServiceErrorConvertible: Error {
    var serviceError: ServiceError { get }
}

extension ServiceError {
    init(_ failure: ParseFailure) {
        self.init(failure.status, failure.code, failure.message)
        if failure.status == .methodNotAllowed { headers["allow"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" }
    }

    /// The one place where errors become statuses.
    public init(wrapping error: any Error) {
        switch error {
        case let error as ServiceError: self = error
        case let error as any ServiceErrorConvertible: self = error.serviceError
        case let error as BodyError: self.init(error)
        case let error as ParseFailure: self.init(error)
        case is CancellationError:
            self.init(.serviceUnavailable, "cancelled", "the request was cancelled", cause: error)
        default:
            self.init(
                .internalServerError, "internal_error", "something went wrong on our side", cause: error)
        }
    }

    private init(_ error: BodyError) {
        switch error {
        case .tooLarge(let limit):
            self.init(.contentTooLarge, "body_too_large", "the body may have \(limit) bytes", cause: error)
        case .incomplete: self.init(.badRequest, "body_incomplete", "the body ended too early", cause: error)
        case .timedOut: self.init(.requestTimeout, "body_timeout", "the body came too slowly", cause: error)
        case .malformed(let message): self.init(.badRequest, "malformed_request", message, cause: error)
        case .requestEnded:
            self.init(.internalServerError, "internal_error", "something went wrong on our side", cause: error)
        }
    }

    public func response(_ requestID: RequestID) -> Response {
        let body = ErrorBody(
            error: status.phrase, message: message, details: ErrorBody.Details(details), code: code,
            requestID: requestID.description)
        let bytes = (try? JSONWriter().encode(body)) ?? []
        return Response(status, headers: headers, contentType: .json, body: .bytes(bytes))
    }
}

/// The error shape on the wire.
struct ErrorBody: Encodable {
    enum Details: Encodable {
        case text(String)
        case fields([FieldError])

        init(_ details: ServiceError.Details) {
            switch details {
            case .none: self = .text("")
            case .text(let text): self = .text(text)
            case .fields(let fields): self = .fields(fields)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .fields(let fields): try container.encode(fields)
            }
        }
    }

    enum CodingKeys: String, CodingKey {
        case error, message, details, code
        case requestID = "request_id"
    }

    var error: String
    var message: String
    var details: Details
    var code: String
    var requestID: String
}
