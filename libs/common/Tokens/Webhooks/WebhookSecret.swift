import Crypto

/// What webhooks are signed or verified with: a shared secret (`whsec_`), or one half of an Ed25519 pair (`whsk_` signs,
/// `whpk_` verifies).
public struct WebhookSecret: Sendable {
    public enum Failure: String, Error, Sendable, Hashable {
        case unknownPrefix = "webhook_secret_unknown"
        case malformed = "webhook_secret_malformed"
        /// A shared secret has 24 to 64 bytes.
        case wrongSize = "webhook_secret_wrong_size"
    }

    enum Material: Sendable {
        case shared(HMAC.Key)
        case pair(SignatureKey)
    }

    let material: Material
    /// As it was given, with its prefix.
    public let text: String

    public static let sharedBytes = 24...64
    static let codeCount = 32
    static let signatureCount = 64

    public init(_ text: String) throws(Failure) {
        guard let end = text.firstIndex(of: "_"), let prefix = Prefix(rawValue: String(text[...end])) else {
            throw .unknownPrefix
        }
        guard let bytes = Base64.decode(text[text.index(after: end)...]) else { throw .malformed }
        self.text = text
        switch prefix {
        case .shared:
            guard Self.sharedBytes.contains(bytes.count) else { throw .wrongSize }
            material = .shared(HMAC.Key(bytes))
        case .private:
            material = .pair(try Self.privateKey(bytes))
        case .public:
            guard let key = SignatureKey(ed25519: bytes) else { throw .wrongSize }
            material = .pair(key)
        }
    }

    /// A new shared secret of 32 bytes.
    public static func generate() -> WebhookSecret {
        make(.shared, SecureRandom.bytes(32))
    }

    /// A new pair; the other half is `publicHalf`.
    public static func generatePair() -> WebhookSecret {
        let key = SignatureKey.generate(.ed25519)
        return make(.private, key.ed25519Private! + key.ed25519Public!)
    }

    /// What whoever verifies needs; nil for a shared secret.
    public var publicHalf: WebhookSecret? {
        guard case .pair(let key) = material, let bytes = key.ed25519Public else { return nil }
        return Self.make(.public, bytes)
    }

    public var canSign: Bool {
        switch material {
        case .shared: true
        case .pair(let key): key.isPrivate
        }
    }

    private enum Prefix: String {
        case shared = "whsec_"
        case `private` = "whsk_"
        case `public` = "whpk_"
    }

    private static func make(_ prefix: Prefix, _ bytes: [UInt8]) -> WebhookSecret {
        guard let secret = try? WebhookSecret(prefix.rawValue + Base64.encode(bytes)) else {
            preconditionFailure("a secret of our own is refused")
        }
        return secret
    }

    /// The seed alone, or as most libraries write it with the public half behind it.
    private static func privateKey(_ bytes: [UInt8]) throws(Failure) -> SignatureKey {
        guard bytes.count == 32 || bytes.count == 64 else { throw .wrongSize }
        guard let key = SignatureKey(ed25519: Array(bytes[..<32]), isPrivate: true),
            bytes.count == 32 || Array(bytes[32...]) == key.ed25519Public
        else { throw .malformed }
        return key
    }
}
