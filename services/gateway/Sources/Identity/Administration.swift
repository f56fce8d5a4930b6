import JSON
import Postgres
import Service

/// What an operator's command works with: the stores, without anything that runs.
struct Administration: Sendable {
    let database: Database
    let settings: IdentitySettings
    let keys: SigningKeyStore
    let users: UserStore
    let clients: ServiceClients
    let revocations: Revocations

    /// Refuses the tokens that a subject has by now.
    func revokeTokens(of subject: String, _ statements: some Statements) async throws(PostgresError) {
        let end = Timestamp.now + settings.tokens.longestLife
        try await revocations.record(Revocation(id: "user:" + subject, at: .now, until: end), statements)
    }
}

extension Identity {
    static func administer(
        _ settings: GatewaySettings, _ context: ServiceContext,
        _ body: (Administration) async throws -> String
    ) async throws -> String {
        let identity = settings.identity
        let database = try await context.openDatabase(identity.database, migrations: [GatewaySchema.migrations])
        defer { database.close() }
        let sealing = try await identity.keys.sealingKey(context.blocking)
        return try await body(
            Administration(
                database: database, settings: identity,
                keys: SigningKeyStore(database: database, sealing: sealing, timing: identity.keyTiming),
                users: UserStore(database: database), clients: ServiceClients(database: database),
                revocations: Revocations(database, capacity: 8)))
    }
}
