import Crypto
import JSON

/// Makes tokens: compact JWS with the claims of RFC 7519, a key id and a type.
///
///     let issuer = try TokenIssuer(name: "https://pentad.example", key: .generate())
///     let token = try issuer.issue(subject: "42", audience: ["api"], lifetime: .seconds(900), roles: ["admin"])
public struct TokenIssuer: Sendable {
    /// Why a token is not made.
    public enum Failure: Error, Sendable, Hashable {
        /// The subject, the id, a role or the scope has characters that no verifier of ours would take.
        case unsafeClaim(String)
        /// A custom claim has the name of one that the issuer sets.
        case reservedClaim(String)
        /// A lifetime under a second.
        case noLifetime
        case noAudience
        /// Claims that cannot be written.
        case unwritable
    }

    public let name: String
    public let key: SigningKey
    public let type: String
    private let clock: @Sendable () -> Timestamp
    private let makeID: @Sendable () -> String
    private let header: String

    public init(
        name: String, key: SigningKey, type: String = "at+jwt", clock: @escaping @Sendable () -> Timestamp = { .now },
        makeID: @escaping @Sendable () -> String = { TokenIssuer.randomID() }
    ) {
        self.name = name
        self.key = key
        self.type = type
        self.clock = clock
        self.makeID = makeID
        header = TokenHeader.text(algorithm: key.algorithm, keyID: key.id, type: type)
    }

    /// Valid from now on for the lifetime, in whole seconds.
    public func issue(
        subject: String, audience: [String], lifetime: Duration, roles: [String] = [], scope: String? = nil,
        custom: JSONObject = [:]
    ) throws(Failure) -> String {
        let id = makeID()
        guard SafeText.isIdentifier(subject) else { throw .unsafeClaim("sub") }
        guard SafeText.isIdentifier(id) else { throw .unsafeClaim("jti") }
        guard roles.allSatisfy(SafeText.isIdentifier) else { throw .unsafeClaim("roles") }
        guard scope.map(SafeText.isScope) ?? true else { throw .unsafeClaim("scope") }
        guard lifetime >= .seconds(1) else { throw .noLifetime }
        guard let first = audience.first else { throw .noAudience }
        let now = clock().seconds
        var claims: JSONObject = [
            "iss": .string(name), "sub": .string(subject),
            "aud": audience.count == 1 ? .string(first) : .array(audience.map(JSONValue.string)),
            "exp": .number(now + lifetime.components.seconds), "nbf": .number(now), "iat": .number(now),
            "jti": .string(id),
        ]
        if !roles.isEmpty { claims["roles"] = .array(roles.map(JSONValue.string)) }
        if let scope { claims["scope"] = .string(scope) }
        for member in custom {
            guard !Self.reserved.contains(member.name) else { throw .reservedClaim(member.name) }
            claims[member.name] = member.value
        }
        guard let payload = try? JSONValue.object(claims).serialise() else { throw .unwritable }
        return JWS.sign(payload, with: key, header: header)
    }

    private static let reserved: Set<String> = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "roles", "scope"]
}

extension TokenIssuer {
    /// 128 random bits.
    public static func randomID() -> String {
        Base64.encode(SecureRandom.bytes(16), .url)
    }
}
