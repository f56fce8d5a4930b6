import Crypto
import JSON
import Postgres

/// Refresh tokens: random texts of which only the hash is stored. Each is used once, for the next one of its family; who
/// uses one again may be a thief or his victim, so the whole family ends.
///
/// What uses or ends tokens holds the row of their user until its transaction is over: to end them is to delete the rows
/// that are there, and one that a rotation has inserted and not committed would be missed. The statement after the one that
/// waits sees what was committed meanwhile.
struct RefreshTokens: Sendable {
    /// A token that was made, which nobody can read again.
    struct Made: Sendable {
        let text: String
        /// Of the session that began with one sign-in.
        let family: String
        let expiresAt: Timestamp
    }

    enum Rotation: Sendable {
        case rotated(Made, userID: Int)
        /// Used before; its family has ended.
        case reused(family: String, userID: Int)
        case unknown
    }

    let lifetime: Duration
    let grace: Duration

    private struct Owner: Decodable, Sendable {
        let family: String
        let userID: Int
        let expiresAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case family
            case userID = "user_id"
            case expiresAt = "expires_at"
        }
    }

    /// The first token of a new session.
    func begin(_ userID: Int, _ statements: some Statements) async throws(PostgresError) -> Made {
        let family = Base64.encode(SecureRandom.bytes(16), .url)
        return try await insert(family, userID, until: .now + lifetime, statements)
    }

    func rotate(_ token: String, _ transaction: Transaction) async throws(PostgresError) -> Rotation {
        let hash = Self.hash(token)
        try await transaction.execute(
            """
            SELECT FROM users WHERE user_id = (SELECT user_id FROM refresh_tokens WHERE token_hash = \(hash))
            FOR NO KEY UPDATE
            """)
        let graceSeconds = Double(grace.components.seconds) + Double(grace.components.attoseconds) / 1e18
        // By the clock: a transaction that began before another's would take that one's use for one to come.
        let owner: Owner? = try await transaction.first(
            """
            UPDATE refresh_tokens SET used_at = COALESCE(used_at, clock_timestamp())
            WHERE token_hash = \(hash) AND expires_at > now()
                AND (used_at IS NULL OR used_at > clock_timestamp() - make_interval(secs => \(graceSeconds)))
            RETURNING family, user_id, expires_at
            """)
        if let owner {
            let next = try await insert(owner.family, owner.userID, until: owner.expiresAt, transaction)
            return .rotated(next, userID: owner.userID)
        }
        let reused: Owner? = try await transaction.first(
            "SELECT family, user_id, expires_at FROM refresh_tokens WHERE token_hash = \(hash) AND used_at IS NOT NULL")
        guard let reused else { return .unknown }
        try await end(family: reused.family, transaction)
        return .reused(family: reused.family, userID: reused.userID)
    }

    /// The family of a token that is there, used or not.
    func family(of token: String, _ transaction: Transaction) async throws(PostgresError) -> String? {
        try await transaction.first(
            "SELECT family FROM refresh_tokens WHERE token_hash = \(Self.hash(token))", as: String.self)
    }

    func end(family: String, _ transaction: Transaction) async throws(PostgresError) {
        try await transaction.execute(
            """
            SELECT FROM users WHERE user_id IN (SELECT user_id FROM refresh_tokens WHERE family = \(family))
            FOR NO KEY UPDATE
            """)
        try await transaction.execute("DELETE FROM refresh_tokens WHERE family = \(family)")
    }

    func endAll(of userID: Int, _ transaction: Transaction) async throws(PostgresError) {
        try await transaction.execute("SELECT FROM users WHERE user_id = \(userID) FOR NO KEY UPDATE")
        try await transaction.execute("DELETE FROM refresh_tokens WHERE user_id = \(userID)")
    }

    /// Removes some of those that have expired; answers how many.
    func sweep(_ database: Database, limit: Int) async throws(PostgresError) -> Int {
        try await database.execute(
            """
            DELETE FROM refresh_tokens WHERE token_hash IN (
                SELECT token_hash FROM refresh_tokens WHERE expires_at < now() LIMIT \(limit))
            """)
    }

    private func insert(
        _ family: String, _ userID: Int, until end: Timestamp, _ statements: some Statements
    ) async throws(PostgresError) -> Made {
        let text = "rt_" + Base64.encode(SecureRandom.bytes(32), .url)
        try await statements.execute(
            """
            INSERT INTO refresh_tokens (token_hash, family, user_id, expires_at)
            VALUES (\(Self.hash(text)), \(family), \(userID), \(end))
            """)
        return Made(text: text, family: family, expiresAt: end)
    }

    private static func hash(_ token: String) -> [UInt8] { SHA256.hash(token) }
}
