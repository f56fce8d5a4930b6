import Crypto
import Glibc
import JSON

/// Decides whether a token is what it says, by the rules of RFC 8725: the key says the algorithm, and type, issuer,
/// audience and times must all be right. A value without state; `CachedVerifier` remembers what it found.
///
///     let verifier = TokenVerifier(
///         keys: try KeySet(jwks: document),
///         rules: .init(issuers: ["https://pentad.example"], audience: "api"))
///     let claims = try verifier.verify(token)
public struct TokenVerifier: Sendable {
    public let keys: KeySet
    public let rules: Rules
    let clock: @Sendable () -> Timestamp
    /// What the header of our own issuer looks like for each key, so that most are compared and not read.
    private let ownHeaders: [[UInt8]]
    private let claimCheck: ClaimCheck

    public init(keys: KeySet, rules: Rules, clock: @escaping @Sendable () -> Timestamp = { .now }) {
        precondition(!rules.types.isEmpty, "a verifier must know the type of its tokens")
        self.keys = keys
        self.rules = rules
        self.clock = clock
        claimCheck = ClaimCheck(rules)
        ownHeaders = keys.keys.map { key in
            Array(TokenHeader.text(algorithm: key.algorithm, keyID: key.id, type: rules.types[0]).utf8)
        }
    }

    /// The same rules with other keys.
    public func with(keys: KeySet) -> TokenVerifier {
        TokenVerifier(keys: keys, rules: rules, clock: clock)
    }

    public func verify(_ token: String) throws(TokenError) -> Claims {
        var token = token
        let result = token.withUTF8 { bytes in
            Result { () throws(TokenError) in try verify(UnsafeRawBufferPointer(bytes)) }
        }
        return try result.get()
    }

    public func verify(_ token: UnsafeRawBufferPointer) throws(TokenError) -> Claims {
        try verify(token, at: clock())
    }

    func verify(_ bytes: UnsafeRawBufferPointer, at now: Timestamp) throws(TokenError) -> Claims {
        let token = try CompactToken(bytes, maximumBytes: rules.maximumBytes)
        try token.checkSignature(with: key(of: token))
        let claims = try Claims.read(token.decodedPayload(), check: claimCheck, at: now)
        if let isRevoked = rules.isRevoked, isRevoked(claims) { throw .revoked }
        return claims
    }

    @inline(__always)
    private func key(of token: CompactToken) throws(TokenError) -> VerificationKey {
        for (place, header) in ownHeaders.enumerated() where isSame(token.header, header) { return keys.keys[place] }
        let header = try TokenHeader(token.decodedHeader())
        guard let type = header.type ?? (rules.requiresType ? nil : rules.types[0]) else { throw .missingType }
        guard rules.accepts(type: type) else { throw .wrongType }
        guard let id = header.keyID else {
            let fitting = rules.requiresKeyID ? [] : keys.keys.filter { $0.algorithm == header.algorithm }
            guard fitting.count == 1 else { throw .missingKeyID }
            return fitting[0]
        }
        guard let key = keys[id] else { throw .unknownKey }
        guard key.algorithm == header.algorithm else { throw .wrongAlgorithm }
        return key
    }

    @inline(__always)
    private func isSame(_ one: UnsafeRawBufferPointer, _ other: [UInt8]) -> Bool {
        guard one.count == other.count, one.count > 0 else { return false }
        return other.withUnsafeBytes { memcmp(one.baseAddress!, $0.baseAddress!, one.count) == 0 }
    }
}
