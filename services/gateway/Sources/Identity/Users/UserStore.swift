import Postgres

/// Users in the database.
struct UserStore: Sendable {
    let database: Database

    private struct Row: Decodable, Sendable {
        let user: User
        let isDisabled: Bool

        enum CodingKeys: String, CodingKey {
            case isDisabled = "is_disabled"
        }

        init(from decoder: any Decoder) throws {
            user = try User(from: decoder)
            isDisabled = try decoder.container(keyedBy: CodingKeys.self).decode(Bool.self, forKey: .isDisabled)
        }
    }

    /// The person's account, made at his first sign-in and brought up to date at each. One statement; an update comes first
    /// since an insertion that meets a row uses up a number all the same.
    func signIn(_ person: Person, _ statements: some Statements) async throws -> User {
        let row: Row? = try await statements.first(
            """
            WITH known AS (
                UPDATE users SET username = \(person.username), email = COALESCE(NULLIF(\(person.email), ''), email),
                    roles = COALESCE(\(person.roles), roles), last_seen_at = now()
                WHERE keycloak_id = \(person.keycloakID)
                RETURNING *
            ), made AS (
                INSERT INTO users (keycloak_id, username, email, roles)
                SELECT \(person.keycloakID), \(person.username), \(person.email), COALESCE(\(person.roles), '{}'::text[])
                WHERE NOT EXISTS (SELECT FROM known)
                ON CONFLICT (keycloak_id) DO UPDATE SET last_seen_at = now()
                RETURNING *
            )
            SELECT user_id, keycloak_id, username, email, roles, created_at, last_seen_at,
                disabled_at IS NOT NULL AS is_disabled
            FROM (SELECT * FROM known UNION ALL SELECT * FROM made) AS found
            """)
        guard let row else { throw SignInRefusal.unknownUser }
        guard !row.isDisabled else { throw SignInRefusal.disabled }
        return row.user
    }

    /// Nil for a user who is not there or is disabled.
    func user(_ id: Int, _ statements: some Statements) async throws(PostgresError) -> User? {
        try await statements.first(
            """
            SELECT user_id, keycloak_id, username, email, roles, created_at, last_seen_at
            FROM users WHERE user_id = \(id) AND disabled_at IS NULL
            """)
    }

    func user(_ id: Int) async throws(PostgresError) -> User? {
        try await user(id, database)
    }

    /// The number of whoever has this id with the provider.
    func find(keycloakID: String) async throws(PostgresError) -> Int? {
        try await database.first("SELECT user_id FROM users WHERE keycloak_id = \(keycloakID)")
    }

    func setRoles(_ roles: [String], of id: Int) async throws(PostgresError) {
        try await database.execute("UPDATE users SET roles = \(roles) WHERE user_id = \(id)")
    }

    /// A disabled user signs in no more, and his sessions end.
    func setDisabled(_ isDisabled: Bool, _ id: Int, _ statements: some Statements) async throws(PostgresError) {
        try await statements.execute(
            """
            UPDATE users SET disabled_at = CASE WHEN \(isDisabled) THEN COALESCE(disabled_at, now()) END
            WHERE user_id = \(id)
            """)
        if isDisabled { try await statements.execute("DELETE FROM refresh_tokens WHERE user_id = \(id)") }
    }
}
