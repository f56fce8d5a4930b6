import Crypto

/// A key that signatures are checked with: its id, its one algorithm, and a public key or a shared secret.
public struct VerificationKey: Sendable {
    enum Material: Sendable {
        case `public`(SignatureKey)
        case secret(HMAC.Key)
    }

    public let id: String
    public let algorithm: Algorithm
    let material: Material
    /// How long a signature is.
    let signatureCount: Int

    /// From SubjectPublicKeyInfo in PEM; the id is the thumbprint of RFC 7638 unless given.
    public init(pem: String, id: String? = nil) throws(KeyError) {
        guard pem.hasPrefix("-----BEGIN PUBLIC KEY-----"), let key = SignatureKey(pem: pem) else { throw .malformed }
        try self.init(key, id: id)
    }

    /// A secret of HS256, of at least 32 bytes. The id, unless given, is a code of the secret that does not betray it.
    public init(secret: [UInt8], id: String? = nil) throws(KeyError) {
        guard secret.count >= Self.minimumSecretBytes else { throw .tooWeak }
        guard secret.count <= Self.maximumSecretBytes else { throw .tooLarge }
        let key = HMAC.Key(secret)
        let ownID = Base64.encode(Array(key.authenticate(Array("pentad key id".utf8))[..<16]), .url)
        self.id = try Self.checked(id ?? ownID)
        algorithm = .hs256
        material = .secret(key)
        signatureCount = SHA256.byteCount
    }

    public init(_ key: SignatureKey, id: String? = nil) throws(KeyError) {
        let key = key.publicHalf
        switch key.kind {
        case .ed25519:
            algorithm = .eddsa
            signatureCount = 64
        case .p256:
            algorithm = .es256
            signatureCount = 64
        case .rsa:
            guard let numbers = key.rsaNumbers else { throw .tooLarge }
            try RSARules.check(modulus: numbers.modulus, exponent: numbers.exponent)
            algorithm = .rs256
            signatureCount = numbers.modulus.count
        }
        self.id = try Self.checked(id ?? PublicJWK(key).thumbprint)
        material = .public(key)
    }

    public static let minimumSecretBytes = 32
    public static let maximumSecretBytes = 1024
    public static let maximumIDBytes = 256

    /// Whether these bytes are the signature, of `signatureCount`.
    @inline(__always)
    func isSignature(_ signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
        switch material {
        case .public(let key):
            return key.verify(signature, of: message)
        case .secret(let key):
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SHA256.byteCount) { code in
                key.authenticate(message, into: code.baseAddress!)
                return ConstantTime.equal(UnsafeRawBufferPointer(code), signature)
            }
        }
    }

    private static func checked(_ id: String) throws(KeyError) -> String {
        guard (1...maximumIDBytes).contains(id.utf8.count), id.utf8.allSatisfy({ 0x20..<0x7f ~= $0 }) else {
            throw .malformedID
        }
        return id
    }
}
