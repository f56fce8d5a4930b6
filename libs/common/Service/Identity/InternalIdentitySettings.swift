import Configuration
import Tokens

/// Whose word a service takes for who asks.
public struct InternalIdentitySettings: Sendable {
    public enum Keys: Sendable {
        /// Where the gateway publishes the keys of its internal tokens.
        case published(BaseURL)
        case fixed(KeySet)
    }

    public let keys: Keys
    /// The `iss` of internal tokens.
    public let issuer: String

    public init(keys: Keys, issuer: String = Self.defaultIssuer) {
        self.keys = keys
        self.issuer = issuer
    }

    public init(_ settings: inout SettingsReader) {
        let url = settings.optional(
            "IDENTITY_KEYS_URL", .url(), "the gateway's internal keys, as in http://gateway:9080/internal/jwks.json")
        let fixed = settings.optional(
            "IDENTITY_KEYS", .keySet, "the gateway's internal keys themselves, where they cannot be fetched")
        settings.check((url == nil) != (fixed == nil), "IDENTITY_KEYS_URL and IDENTITY_KEYS: expected one of them")
        issuer = settings.value(
            "INTERNAL_TOKEN_ISSUER", .string(maximumLength: 256), default: Self.defaultIssuer,
            "the issuer of the gateway's tokens for services; the gateway has the same setting")
        keys = fixed.map(Keys.fixed) ?? .published(url ?? BaseURL("http://localhost")!)
    }

    public static let defaultIssuer = "pentad-internal"
    /// Where the gateway's internal port has the keys.
    public static let keysPath = "/internal/jwks.json"
    /// The longest life of an internal token.
    public static let maximumLifetime = Duration.seconds(60)
}
