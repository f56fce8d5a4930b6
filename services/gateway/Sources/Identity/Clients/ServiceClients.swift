import Crypto
import Postgres

/// The programs that may ask for tokens. Their secrets are random and long, so that a plain hash keeps them.
struct ServiceClients: Sendable {
    let database: Database

    /// A new client's secret, or a new secret of a known one, which is told once.
    func add(_ name: String, audiences: [String], roles: [String]) async throws(PostgresError) -> String {
        let secret = "cs_" + Base64.encode(SecureRandom.bytes(32), .url)
        try await database.execute(
            """
            INSERT INTO service_clients (name, secret_hash, audiences, roles)
            VALUES (\(name), \(SHA256.hash(secret)), \(audiences), \(roles))
            ON CONFLICT (name) DO UPDATE SET secret_hash = excluded.secret_hash, audiences = excluded.audiences,
                roles = excluded.roles
            """)
        return secret
    }

    func remove(_ name: String) async throws(PostgresError) -> Bool {
        try await database.execute("DELETE FROM service_clients WHERE name = \(name)") > 0
    }

    func list() async throws(PostgresError) -> [ServiceClient] {
        try await database.rows(
            "SELECT name, audiences, roles, created_at, last_used_at FROM service_clients ORDER BY name",
            as: ServiceClient.self)
    }

    /// The client, if the secret is its own.
    func client(_ name: String, secret: String) async throws(PostgresError) -> ServiceClient? {
        let known: [UInt8]? = try await database.first(
            "SELECT secret_hash FROM service_clients WHERE name = \(name)", as: [UInt8].self)
        // The same work for a name that is nobody's.
        let isRight = ConstantTime.equal(known ?? [UInt8](repeating: 0, count: 32), SHA256.hash(secret))
        guard known != nil, isRight else { return nil }
        return try await database.first(
            """
            UPDATE service_clients SET last_used_at = now() WHERE name = \(name)
            RETURNING name, audiences, roles, created_at, last_used_at
            """)
    }
}
