import HTTP
import Tokens

/// Who sent a request, by the token that it bears (RFC 6750). A handler that is not for everybody asks first:
///
///     let tokens = BearerTokens(CachedVerifier(TokenVerifier(keys: keys, rules: rules)))
///     routes.on(.get, "/masks") { request in
///         let claims = try tokens.claims(of: request.headers)
///         ...
///     }
public struct BearerTokens: Sendable {
    private let verifier: CachedVerifier

    public init(_ verifier: CachedVerifier) {
        self.verifier = verifier
    }

    /// The claims of a token that holds; else what the client is answered, which is 401 nearly always.
    public func claims(of headers: Headers) throws(ServiceError) -> Claims {
        let token = try Self.token(of: headers)
        do throws(TokenError) { return try verifier.verify(token) } catch { throw error.serviceError }
    }

    /// The token itself, as it was sent.
    public static func token(of headers: Headers) throws(ServiceError) -> String {
        let values = headers.values("authorization")
        guard values.count < 2 else {
            throw ServiceError(
                .badRequest, "malformed_request", "expected one Authorization header",
                headers: challenge("invalid_request", "more than one Authorization header"))
        }
        guard let token = values.first.flatMap(token) else {
            // Who sent no token did nothing wrong yet, and is told of no error.
            throw ServiceError(
                .unauthorized, "token_missing", "expected a token: Authorization: Bearer and the token",
                headers: ["www-authenticate": "Bearer"])
        }
        return token
    }

    /// Nil for another scheme.
    private static func token(_ value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
        return parts.count == 2 ? String(parts[1]) : ""
    }

    /// `description` has neither quotation marks nor backslashes.
    fileprivate static func challenge(_ error: String, _ description: String) -> Headers {
        ["www-authenticate": "Bearer error=\"\(error)\", error_description=\"\(description)\""]
    }
}

extension TokenError: ServiceErrorConvertible {
    public var serviceError: ServiceError {
        ServiceError(
            .unauthorized, code, description, headers: BearerTokens.challenge("invalid_token", description), cause: self
        )
    }
}
