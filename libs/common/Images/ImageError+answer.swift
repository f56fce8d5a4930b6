import HTTP

/// What a client is told of a picture that it sent.
extension ImageError: ServiceErrorConvertible {
    public var serviceError: ServiceError {
        switch self {
        case .notAPicture: ServiceError(.unsupportedMediaType, "not_a_picture", description, cause: self)
        case .unsupported: ServiceError(.unsupportedMediaType, "picture_unsupported", description, cause: self)
        case .truncated, .malformed: ServiceError(.badRequest, "picture_damaged", description, cause: self)
        case .tooLarge: ServiceError(.contentTooLarge, "picture_too_large", description, cause: self)
        case .stopped: ServiceError(.serviceUnavailable, "cancelled", "the request was cancelled", cause: self)
        case .unreadable:
            ServiceError(.internalServerError, "internal_error", "something went wrong on our side", cause: self)
        }
    }
}
