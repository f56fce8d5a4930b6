import Configuration
import Crypto
import HTTP
import JSON
import Loop
import Postgres
import Service
import Telemetry
import Tokens

/// The identity of the gateway: who signs in, the tokens he gets, the keys they are signed with, and who a token is of.
///
///     identity = try await Identity.open(configuration.identity, context)
///     identity.declare(in: &routes)
///     let claims = try identity.users.claims(of: request.headers)
///     let fields = try identity.internalTokens.fields(for: claims, service: "splat")
public final class Identity: Sendable {
    /// Tells whose a request is.
    public let users: UserTokens
    /// What services get in the place of users' tokens.
    public let internalTokens: InternalTokens

    let settings: IdentitySettings
    let database: Database
    let signingKeys: SigningKeys
    let revocations: Revocations
    let sessions: Sessions
    let throttle: SignInThrottle
    let provider: OpenIDProvider?
    let browser: BrowserSignIn?
    /// Seals what a browser keeps of a sign-in that is under way.
    let cookieKey: SealingKey
    let clientAddress: @Sendable (Request) -> String
    private let upkeep: IdentityUpkeep

    /// Brings the schema up to date, opens or makes the signing keys, and reads what is revoked. `clientAddress` tells where
    /// a request comes from, behind trusted proxies, too.
    public static func open(
        _ settings: IdentitySettings, _ context: ServiceContext,
        clientAddress: @escaping @Sendable (Request) -> String = { $0.peer.host }
    ) async throws -> Identity {
        let database = try await context.openDatabase(settings.database, migrations: [GatewaySchema.migrations])
        do {
            let sealing = try await settings.keys.sealingKey(context.blocking)
            let store = SigningKeyStore(database: database, sealing: sealing, timing: settings.keyTiming)
            let keys = try await SigningKeys.open(store, algorithm: settings.keys.algorithm)
            let identity = Identity(settings, context, database, keys, sealing, clientAddress)
            try await identity.revocations.refresh()
            if settings.mode == .development {
                context.logger.warning(
                    "identity_development_mode",
                    [
                        "meaning":
                            "anybody can sign in as anybody: set IDENTITY_MODE=oidc where others reach this gateway"
                    ])
            }
            identity.upkeep.start()
            return identity
        } catch {
            database.close()
            throw error
        }
    }

    private init(
        _ settings: IdentitySettings, _ context: ServiceContext, _ database: Database, _ keys: SigningKeys,
        _ sealing: SealingKey, _ clientAddress: @escaping @Sendable (Request) -> String
    ) {
        self.settings = settings
        self.database = database
        self.clientAddress = clientAddress
        signingKeys = keys
        cookieKey = sealing.derived(for: "cookies")
        let revocations = Revocations(database, capacity: settings.limits.maximumRevoked)
        self.revocations = revocations
        let users = UserTokens(keys.keySet(.user), settings.tokens, revocations)
        self.users = users
        let mint = TokenMint(keys: keys, settings: settings.tokens)
        let internalTokens = InternalTokens(mint)
        self.internalTokens = internalTokens
        sessions = Sessions(
            database: database, mint: mint,
            refreshTokens: RefreshTokens(
                lifetime: settings.tokens.refreshLifetime, grace: settings.tokens.refreshGrace),
            revocations: revocations,
            log: SignInLog(database: database, logger: context.logger, metrics: context.metrics))
        throttle = SignInThrottle(settings.limits)
        let provider = settings.oidc.map { OpenIDProvider($0, loops: context.loops, logger: context.logger) }
        self.provider = provider
        browser = provider.flatMap { provider in
            provider.settings.clientID.map { clientID in
                BrowserSignIn(
                    provider: provider, clientID: clientID,
                    redirectURL: settings.publicURL.description + BrowserSignIn.callbackPath)
            }
        }
        upkeep = IdentityUpkeep(
            database: database, loops: context.loops, logger: context.logger, keys: keys, revocations: revocations,
            sessions: sessions, settings: settings
        ) {
            users.replaceKeys(keys.keySet(.user))
            internalTokens.forgetAll()
        }
        context.metrics.gauge("revoked_tokens", help: "Revoked tokens, sessions and users whose tokens are not over.") {
            Double(revocations.count)
        }
    }

    /// Keys and tokens need no database to be checked, so a gateway goes on without one; signing in does not.
    public var readinessChecks: [ReadinessCheck] {
        [.database(database)]
            + (provider.map { provider in [ReadinessCheck("identity_provider") { try await provider.prepare() }] } ?? [])
    }

    public func stop() async {
        await upkeep.stop()
        provider?.stop()
        database.close()
    }
}

extension KeySettings {
    /// From the settings, or from the file in the data folder.
    func sealingKey(_ blocking: BlockingPool) async throws -> SealingKey {
        if let encryptionKey { return encryptionKey }
        let folder = dataFolder
        return try await blocking.run { try KeyFile.open(in: folder) }
    }
}

extension IdentitySettings {
    var keyTiming: [KeyPurpose: KeyRing.Timing] {
        [
            .user: KeyRing.Timing(publishAhead: keys.publishAhead, tokenLifetime: tokens.longestLife),
            .service: KeyRing.Timing(
                publishAhead: keys.publishAhead, tokenLifetime: tokens.internalLifetime + TokenSettings.leeway * 2),
        ]
    }
}
