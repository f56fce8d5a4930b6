import Crypto

/// A key that tokens are signed with, together with what verifies them.
///
///     let key = SigningKey.generate()
///     let published = KeySet(key.verification).jwks()
public struct SigningKey: Sendable {
    private enum Material: Sendable {
        case `private`(SignatureKey)
        case secret(HMAC.Key)
    }

    /// What can be handed to whoever verifies; for HS256 it holds the secret.
    public let verification: VerificationKey
    private let material: Material

    public var id: String { verification.id }
    public var algorithm: Algorithm { verification.algorithm }

    /// A new pair, or for HS256 a new secret. RSA has 2048 bits or more.
    public static func generate(
        _ algorithm: Algorithm = .eddsa, id: String? = nil, rsaBits: Int = 2048
    ) throws(KeyError) -> SigningKey {
        switch algorithm {
        case .eddsa: return try SigningKey(.generate(.ed25519), id: id)
        case .es256: return try SigningKey(.generate(.p256), id: id)
        case .rs256:
            guard rsaBits >= RSARules.minimumBits else { throw .tooWeak }
            guard rsaBits <= RSARules.maximumBits else { throw .tooLarge }
            return try SigningKey(.generate(.rsa, rsaBits: rsaBits), id: id)
        case .hs256: return try SigningKey(secret: SecureRandom.bytes(VerificationKey.minimumSecretBytes), id: id)
        }
    }

    /// From PKCS #8 in PEM; the algorithm is that of its kind.
    public init(pem: String, id: String? = nil) throws(KeyError) {
        guard let key = SignatureKey(pem: pem), key.isPrivate else { throw .malformed }
        try self.init(key, id: id)
    }

    /// A secret of HS256, of at least 32 bytes.
    public init(secret: [UInt8], id: String? = nil) throws(KeyError) {
        verification = try VerificationKey(secret: secret, id: id)
        guard case .secret(let key) = verification.material else { throw .malformed }
        material = .secret(key)
    }

    init(_ key: SignatureKey, id: String?) throws(KeyError) {
        verification = try VerificationKey(key, id: id)
        material = .private(key)
        // A file whose halves do not belong together would sign what nobody can verify.
        let probe = Array("pentad".utf8)
        guard key.publicHalf.verify(key.sign(probe), of: probe) else { throw .malformed }
    }

    /// PKCS #8 in PEM; nil for HS256.
    public var pem: String? {
        if case .private(let key) = material { key.privatePEM } else { nil }
    }

    func sign(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        switch material {
        case .private(let key): key.sign(message)
        case .secret(let key):
            [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { code, count in
                key.authenticate(message, into: code.baseAddress!)
                count = SHA256.byteCount
            }
        }
    }
}
