import Configuration
import Crypto
import Tokens

/// How the keys that tokens are signed with are made, kept and published.
struct KeySettings: Sendable {
    let algorithm: Algorithm
    /// What stored keys are sealed with; without it a file in the data folder.
    let encryptionKey: SealingKey?
    let dataFolder: String
    /// How long a new key is published before it signs.
    let publishAhead: Duration
    /// How often a gateway looks whether another one has changed keys or revoked tokens, should it miss being told.
    let pollInterval: Duration

    init(_ settings: inout SettingsReader) {
        algorithm = settings.value(
            "TOKEN_ALGORITHM", .choice(of: Algorithm.self), default: .eddsa,
            "how users' tokens are signed; HS256 can be checked by nobody but the gateway")
        encryptionKey = settings.optional(
            "KEY_ENCRYPTION_KEY", .sealingKey,
            "what signing keys in the database are encrypted with; without it a file in DATA_DIR, made at first start",
            isSecret: true)
        dataFolder = settings.value(
            "DATA_DIR", .path, default: "data", "the folder for what services of this machine keep on its disk")
        publishAhead = settings.value(
            "KEY_PUBLISH_AHEAD", .duration(.zero ... .seconds(7 * 86_400)), default: .seconds(600),
            "how long a new signing key is published before it is used")
        pollInterval = settings.value(
            "IDENTITY_POLL_INTERVAL", .duration(.milliseconds(100) ... .seconds(600)), default: .seconds(30),
            "how often keys and revoked tokens are looked up, should a notification be missed")
    }

    /// How long others may remember the published keys.
    var cacheSeconds: Int64 { min(300, publishAhead.components.seconds / 2) }
}

extension SettingKind where Value == SealingKey {
    static var sealingKey: SettingKind {
        SettingKind(
            expectation: "32 random bytes as Base64",
            placeholder: .generate(),
            parse: { Base64.decode($0).flatMap { SealingKey($0) } },
            text: { Base64.encode($0.bytes) })
    }
}
