import COpenSSL

/// A key for signatures by Ed25519, by ECDSA over P-256 with SHA-256, or by RSA PKCS #1 v1.5 with SHA-256: public, or
/// with its private half.
///
///     let key = SignatureKey.generate(.ed25519)
///     let signature = key.sign(message)
///
/// Unchecked because the C key behind it is made for concurrent use and the pointer never changes.
public final class SignatureKey: @unchecked Sendable {
    public enum Kind: Sendable, Hashable {
        case ed25519, p256, rsa
    }

    public let kind: Kind
    public let isPrivate: Bool
    private let key: OpaquePointer

    private init?(_ key: OpaquePointer?) {
        guard let key else { return nil }
        self.key = key
        isPrivate = copenssl_key_is_private(key) == 1
        switch copenssl_key_get_kind(key) {
        case COPENSSL_ED25519: kind = .ed25519
        case COPENSSL_P256: kind = .p256
        default: kind = .rsa
        }
    }

    deinit {
        copenssl_key_free(key)
    }

    /// A new pair; the number of bits counts for RSA alone.
    public static func generate(_ kind: Kind, rsaBits: Int = 2048) -> SignatureKey {
        let kind =
            switch kind {
            case .ed25519: COPENSSL_ED25519
            case .p256: COPENSSL_P256
            case .rsa: COPENSSL_RSA
            }
        guard let key = SignatureKey(copenssl_key_generate(kind, UInt32(rsaBits))) else {
            fatalError("OpenSSL generates no key")
        }
        return key
    }

    /// PKCS #8 for a private key, SubjectPublicKeyInfo for a public one; nil for other text, kinds and curves.
    public convenience init?(pem: String) {
        let isPrivate = pem.hasPrefix("-----BEGIN PRIVATE KEY-----")
        guard isPrivate || pem.hasPrefix("-----BEGIN PUBLIC KEY-----") else { return nil }
        var pem = pem
        self.init(pem.withUTF8 { copenssl_key_from_pem($0.baseAddress!, $0.count, isPrivate ? 1 : 0) })
    }

    public convenience init?(ed25519 raw: [UInt8], isPrivate: Bool = false) {
        guard raw.count == 32 else { return nil }
        self.init(copenssl_key_ed25519(raw, isPrivate ? 1 : 0))
    }

    /// Nil unless the point is on the curve.
    public convenience init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        self.init(copenssl_key_p256([4] + x + y))
    }

    /// Big-endian numbers.
    public convenience init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        guard (1...2048).contains(modulus.count), (1...2048).contains(exponent.count) else { return nil }
        self.init(copenssl_key_rsa(modulus, modulus.count, exponent, exponent.count))
    }

    /// The public half alone.
    public var publicHalf: SignatureKey {
        guard isPrivate else { return self }
        guard let half = SignatureKey(pem: pem(isPrivate: false)!) else { fatalError("OpenSSL lost a key") }
        return half
    }

    public var publicPEM: String { pem(isPrivate: false)! }

    /// Nil for a public key.
    public var privatePEM: String? { isPrivate ? pem(isPrivate: true) : nil }

    public var ed25519Public: [UInt8]? { part(COPENSSL_ED25519_PUBLIC) }
    public var ed25519Private: [UInt8]? { part(COPENSSL_ED25519_PRIVATE) }

    public var p256Coordinates: (x: [UInt8], y: [UInt8])? {
        part(COPENSSL_P256_POINT).map { (Array($0[1..<33]), Array($0[33..<65])) }
    }

    public var rsaNumbers: (modulus: [UInt8], exponent: [UInt8])? {
        guard let modulus = part(COPENSSL_RSA_MODULUS), let exponent = part(COPENSSL_RSA_EXPONENT) else { return nil }
        return (modulus, exponent)
    }

    /// 64 bytes by Ed25519, r and s of 32 bytes each by P-256, as many bytes as the modulus has by RSA.
    public func sign(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        precondition(isPrivate, "a public key does not sign")
        let signature = [UInt8](unsafeUninitializedCapacity: 2048) { room, count in
            count = copenssl_sign(key, message.baseAddress, message.count, room.baseAddress!, room.count)
        }
        precondition(!signature.isEmpty, "OpenSSL refused a signature")
        guard kind == .p256 else { return Array(signature[...]) }
        guard let raw = ECDSASignature(der: signature) else { fatalError("OpenSSL wrote no DER") }
        return raw.bytes
    }

    public func sign(_ message: [UInt8]) -> [UInt8] {
        message.withUnsafeBytes { sign($0) }
    }

    /// For a signature as `sign` makes it.
    public func verify(_ signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
        guard let start = signature.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        guard kind == .p256 else {
            return copenssl_verify(key, message.baseAddress, message.count, start, signature.count) == 1
        }
        guard let der = ECDSASignature(raw: Array(signature))?.der else { return false }
        return copenssl_verify(key, message.baseAddress, message.count, der, der.count) == 1
    }

    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        signature.withUnsafeBytes { signature in message.withUnsafeBytes { verify(signature, of: $0) } }
    }

    private func part(_ part: copenssl_part) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 2048) { room, count in
            count = copenssl_key_part(key, part, room.baseAddress!, room.count)
        }
        return bytes.isEmpty ? nil : Array(bytes[...])
    }

    private func pem(isPrivate: Bool) -> String? {
        let text = String(unsafeUninitializedCapacity: 32768) { room in
            copenssl_key_pem(key, isPrivate ? 1 : 0, room.baseAddress!, room.count)
        }
        return text.isEmpty ? nil : text
    }
}
