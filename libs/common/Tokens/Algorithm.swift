/// How tokens are signed. A key has one algorithm and is used with no other; what a token names is only compared.
public enum Algorithm: String, Sendable, Hashable, CaseIterable {
    /// Ed25519 (RFC 8037).
    case eddsa = "EdDSA"
    /// ECDSA over P-256 with SHA-256.
    case es256 = "ES256"
    /// RSA PKCS #1 v1.5 with SHA-256.
    case rs256 = "RS256"
    /// HMAC with SHA-256: who can verify can sign.
    case hs256 = "HS256"

    public var isSymmetric: Bool { self == .hs256 }
}
