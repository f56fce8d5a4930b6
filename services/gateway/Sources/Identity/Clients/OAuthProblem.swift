import HTTP

/// What RFC 6749 (5.2) and RFC 8707 call the problems of a request for a token.
enum OAuthProblem: String {
    case invalidRequest = "invalid_request"
    case invalidClient = "invalid_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidTarget = "invalid_target"

    /// Our shape, with the standard's word as the code.
    func refusal(_ message: String) -> ServiceError {
        guard self == .invalidClient else { return ServiceError(.badRequest, rawValue, message) }
        return ServiceError(
            .unauthorized, rawValue, message,
            headers: ["www-authenticate": "Basic realm=\"pentad\", charset=\"UTF-8\""])
    }
}
