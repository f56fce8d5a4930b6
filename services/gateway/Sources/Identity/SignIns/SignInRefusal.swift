import HTTP

/// Why somebody is not signed in, beside a token that does not hold.
enum SignInRefusal: String, Error, Sendable {
    case disabled = "user_disabled"
    /// The token is somebody else's.
    case otherAccount = "account_mismatch"
    case unknownUser = "user_unknown"
    case unknownRefreshToken = "refresh_token_unknown"
    case reusedRefreshToken = "refresh_token_reused"
    case unknownClient = "client_unknown"
}

extension SignInRefusal: ServiceErrorConvertible {
    var serviceError: ServiceError {
        switch self {
        case .disabled: ServiceError(.forbidden, rawValue, "this account is disabled")
        case .otherAccount: ServiceError(.forbidden, rawValue, "the token is not of the account keycloak_id")
        case .unknownUser: ServiceError(.unauthorized, rawValue, "there is no such user", headers: Self.challenge)
        case .unknownRefreshToken:
            ServiceError(
                .unauthorized, rawValue, "the session is over or the refresh token is wrong: sign in again",
                headers: Self.challenge)
        case .reusedRefreshToken:
            ServiceError(
                .unauthorized, rawValue, "the refresh token was used before, so its session was ended: sign in again",
                headers: Self.challenge)
        case .unknownClient:
            ServiceError(
                .unauthorized, rawValue, "the client's name or secret is wrong",
                headers: ["www-authenticate": "Basic realm=\"pentad\", charset=\"UTF-8\""])
        }
    }

    private static let challenge: Headers = ["www-authenticate": "Bearer"]
}
