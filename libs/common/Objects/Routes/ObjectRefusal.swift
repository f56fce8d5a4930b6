import HTTP
import Telemetry

/// Why the object routes refuse a request, in the words and the XML of S3.
enum ObjectRefusal: Error, Equatable {
    case unsigned
    case malformedQuery(String)
    case expired
    case notYetValid
    case unknownKey
    case unsignedHeader(String)
    case signatureDoesNotMatch
    case notImplemented(String)
    case noSuchKey
    case noSuchUpload
    case invalidRequest(String)
    case badDigest
    case preconditionFailed
    case tooLarge(limit: Int)
    case storageFull
    case unavailable
    case internalError

    init(_ problem: PresignedQuery.Problem) {
        switch problem {
        case .unsigned: self = .unsigned
        case .malformed(let what): self = .malformedQuery(what)
        }
    }

    init(_ error: ObjectError) {
        switch error {
        case .notFound: self = .noSuchKey
        case .preconditionFailed: self = .preconditionFailed
        case .checksumMismatch: self = .badDigest
        case .tooLarge(let limit): self = .tooLarge(limit: limit)
        case .invalidKey(let reason), .invalidRequest(let reason): self = .invalidRequest(reason)
        case .storageFull: self = .storageFull
        case .unavailable, .timedOut, .cancelled: self = .unavailable
        default: self = .internalError
        }
    }

    private var parts: (status: Status, code: String, message: String) {
        switch self {
        case .unsigned: (.forbidden, "AccessDenied", "The request is not signed")
        case .malformedQuery(let what): (.badRequest, "AuthorizationQueryParametersError", what)
        case .expired: (.forbidden, "AccessDenied", "Request has expired")
        case .notYetValid: (.forbidden, "RequestTimeTooSkewed", "The URL is not valid yet")
        case .unknownKey: (.forbidden, "InvalidAccessKeyId", "The access key is not known")
        case .unsignedHeader(let name): (.forbidden, "AccessDenied", "The header \(name) was not signed")
        case .signatureDoesNotMatch: (.forbidden, "SignatureDoesNotMatch", "The signature does not fit the request")
        case .notImplemented(let what): (.notImplemented, "NotImplemented", what)
        case .noSuchKey: (.notFound, "NoSuchKey", "There is no such object")
        case .noSuchUpload: (.notFound, "NoSuchUpload", "There is no such upload")
        case .invalidRequest(let reason): (.badRequest, "InvalidRequest", reason)
        case .badDigest: (.badRequest, "BadDigest", "The body does not match its checksum")
        case .preconditionFailed: (.preconditionFailed, "PreconditionFailed", "The object exists already")
        case .tooLarge(let limit): (.contentTooLarge, "EntityTooLarge", "An object may have \(limit) bytes")
        case .storageFull: (.insufficientStorage, "InsufficientStorage", "There is no room left")
        case .unavailable: (.serviceUnavailable, "ServiceUnavailable", "Try again later")
        case .internalError: (.internalServerError, "InternalError", "Something went wrong on our side")
        }
    }

    func response(to request: Request) -> Response {
        let (status, code, message) = parts
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code>"
            + "<Message>\(XMLText.escaped(message))</Message>"
            + "<RequestId>\(XMLText.escaped(request.id.description))</RequestId></Error>"
        return Response(status, contentType: "application/xml", body: .bytes(Array(text.utf8)))
    }
}
