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
        guard let claims = try claimsIfAny(of: headers) else { throw Self.missing }
        return claims
    }

    /// As `claims(of:)`, and nil for a request without an `Authorization`.
    public func claimsIfAny(of headers: Headers) throws(ServiceError) -> Claims? {
        try Self.withToken(of: headers) { (token) throws(ServiceError) in
            do throws(TokenError) { return try verifier.verify(token) } catch { throw error.serviceError }
        }
    }

    /// The token itself, as it was sent.
    public static func token(of headers: Headers) throws(ServiceError) -> String {
        let token = try withToken(of: headers) { String(decoding: $0, as: UTF8.self) }
        guard let token else { throw missing }
        return token
    }

    /// Nil without an `Authorization`.
    private static func withToken<Result>(
        of headers: Headers, _ body: (UnsafeRawBufferPointer) throws(ServiceError) -> Result
    ) throws(ServiceError) -> Result? {
        try headers.withSingle("authorization") { (single) throws(ServiceError) in
            switch single {
            case .none: return nil
            case .several:
                throw ServiceError(
                    .badRequest, "malformed_request", "expected one Authorization header",
                    headers: challenge("invalid_request", "more than one Authorization header"))
            case .one(let value):
                guard let token = token(value) else { throw missing }
                return try body(token)
            }
        }
    }

    /// What follows the scheme, which knows no case, and its spaces; nil for another scheme.
    private static func token(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let scheme: StaticString = "bearer"
        let length = scheme.utf8CodeUnitCount
        guard value.count >= length, value.count == length || value[length] == UInt8(ascii: " ") else { return nil }
        for place in 0..<length where value[place] | 0x20 != scheme.utf8Start[place] { return nil }
        var start = length
        while start < value.count, value[start] == UInt8(ascii: " ") { start += 1 }
        return UnsafeRawBufferPointer(rebasing: value[start...])
    }

    /// Who sent no token did nothing wrong yet, and is told of no error.
    private static var missing: ServiceError {
        ServiceError(
            .unauthorized, "token_missing", "expected a token: Authorization: Bearer and the token",
            headers: ["www-authenticate": "Bearer"])
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
