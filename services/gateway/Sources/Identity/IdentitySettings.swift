import Configuration
import HTTP
import Postgres
import Service

/// Who may sign in, how, and what tokens he gets.
public struct IdentitySettings: Sendable {
    enum Mode: String, Sendable, CaseIterable {
        /// The body of a sign-in is believed.
        case development
        /// A provider's token is demanded.
        case oidc
    }

    let database: DatabaseSettings
    /// Where clients reach the gateway.
    let publicURL: BaseURL
    let mode: Mode
    let oidc: OpenIDSettings?
    let tokens: TokenSettings
    let keys: KeySettings
    let limits: SignInLimits

    init(_ settings: inout SettingsReader, common: CommonSettings) {
        database = DatabaseSettings(&settings, applicationName: GatewayService.name)
        let ownURL = BaseURL("\(common.scheme)://localhost:\(common.port == 0 ? 8080 : common.port)")!
        publicURL = settings.value(
            "PUBLIC_URL", .url(), default: ownURL, "where clients reach the gateway; browsers come back here")
        mode = settings.value(
            "IDENTITY_MODE", .choice(of: Mode.self), default: .development,
            "who may sign in: in development anybody as anybody, with oidc whom the provider knows")
        let isForced = settings.value(
            "IDENTITY_FORCE_DEVELOPMENT", .bool, default: false,
            "allows IDENTITY_MODE=development on an address that others reach")
        let openID = OpenIDSettings(&settings)
        oidc = mode == .oidc ? openID : nil
        tokens = TokenSettings(&settings, publicURL: publicURL)
        keys = KeySettings(&settings)
        limits = SignInLimits(&settings)
        settings.check(
            mode == .oidc || isForced || Self.isLoopback(common.host),
            "IDENTITY_MODE is development, in which anybody can sign in as anybody, and HOST is \(common.host): expected "
                + "IDENTITY_MODE=oidc, a HOST of this machine alone, or IDENTITY_FORCE_DEVELOPMENT=true")
        settings.check(
            mode == .development || openID != nil,
            "IDENTITY_MODE is oidc: expected OIDC_ISSUER and OIDC_AUDIENCE or OIDC_CLIENT_ID")
    }

    private static func isLoopback(_ host: String) -> Bool {
        switch IPAddress(host) {
        case .v4(let number)?: number >> 24 == 127
        case .v6(high: 0, low: 1)?: true
        default: host == "localhost"
        }
    }

    /// Whether browsers reach us over TLS.
    var isSecure: Bool { publicURL.scheme == "https" }
}

/// What is in tokens and how long they live.
struct TokenSettings: Sendable {
    let issuer: String
    let audience: String
    let internalIssuer: String
    /// For clients that cannot refresh, as those of the old servers: they get one token for a day.
    let lifetime: Duration
    /// For clients that can.
    let sessionLifetime: Duration
    let serviceLifetime: Duration
    let internalLifetime: Duration
    /// From sign-in to the end of a session, however often it is refreshed.
    let refreshLifetime: Duration
    /// How long a refresh token may be used a second time, for clients that lose answers.
    let refreshGrace: Duration

    /// How far clocks may be apart.
    static let leeway = Duration.seconds(30)

    init(_ settings: inout SettingsReader, publicURL: BaseURL) {
        issuer = settings.value(
            "TOKEN_ISSUER", .string(maximumLength: 256), default: publicURL.description, "the issuer of users' tokens")
        audience = settings.value(
            "TOKEN_AUDIENCE", .string(maximumLength: 128), default: "pentad", "the audience of users' tokens")
        internalIssuer = settings.value(
            "INTERNAL_TOKEN_ISSUER", .string(maximumLength: 256), default: InternalIdentitySettings.defaultIssuer,
            "the issuer of tokens for services, which have the same setting")
        settings.check(
            issuer != internalIssuer, "TOKEN_ISSUER and INTERNAL_TOKEN_ISSUER are the same: expected two issuers")
        let day = Duration.seconds(86_400)
        lifetime = settings.value(
            "ACCESS_TOKEN_LIFETIME", .duration(.seconds(10)...day * 7), default: day,
            "the life of a token that comes without a refresh token, for clients that know no other")
        sessionLifetime = settings.value(
            "SESSION_TOKEN_LIFETIME", .duration(.seconds(10)...day), default: .seconds(900),
            "the life of a token that can be refreshed")
        serviceLifetime = settings.value(
            "SERVICE_TOKEN_LIFETIME", .duration(.seconds(10)...day), default: .seconds(900),
            "the life of a program's token")
        internalLifetime = settings.value(
            "INTERNAL_TOKEN_LIFETIME", .duration(.seconds(2)...InternalIdentitySettings.maximumLifetime),
            default: InternalIdentitySettings.maximumLifetime, "the life of a token for a service behind the gateway")
        refreshLifetime = settings.value(
            "REFRESH_TOKEN_LIFETIME", .duration(.seconds(60)...day * 365), default: day * 30,
            "how long after signing in a session can be refreshed")
        refreshGrace = settings.value(
            "REFRESH_GRACE", .duration(.zero ... .seconds(60)), default: .zero,
            "how long a refresh token that was used may be used again; later that ends the session")
    }

    /// The longest that a user's token can be accepted after it was made.
    var longestLife: Duration { max(lifetime, sessionLifetime, serviceLifetime) + Self.leeway * 2 }
}

/// How often somebody may try to sign in, and what is remembered of it.
struct SignInLimits: Sendable {
    let byAddress: Int
    let byAccount: Int
    let retention: Duration
    let maximumRevoked: Int

    /// Addresses and accounts that are counted at a time.
    static let maximumTracked = 100_000

    init(_ settings: inout SettingsReader) {
        byAddress = settings.value(
            "SIGN_INS_PER_ADDRESS", .int(1...1_000_000), default: 120, "attempts to sign in a minute from one address")
        byAccount = settings.value(
            "SIGN_INS_PER_ACCOUNT", .int(1...1_000_000), default: 20, "attempts to sign in a minute to one account")
        retention = settings.value(
            "SIGN_IN_RETENTION", .duration(.seconds(3600) ... .seconds(3650 * 86_400)), default: .seconds(90 * 86_400),
            "how long the log of sign-ins is kept")
        maximumRevoked = settings.value(
            "MAX_REVOKED_TOKENS", .int(100...10_000_000), default: 100_000,
            "revoked tokens that are kept in memory; of more, the oldest tokens are refused, revoked or not")
    }
}
