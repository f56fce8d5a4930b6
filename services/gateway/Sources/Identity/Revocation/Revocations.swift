import JSON
import Loop
import Postgres
import Tokens

/// The revoked tokens: in the database for all gateways, in memory for each request.
final class Revocations: Sendable {
    private let database: Database
    private let revoked: Locked<RevocationSet>
    /// When the table was last read.
    private let readAt = Locked<Timestamp?>(nil)
    private let onRevoked = Locked<@Sendable ([Revocation]?) -> Void>({ _ in })

    /// A row becomes visible when its transaction ends, which is later than the time that is in it.
    private static let overlap = Duration.seconds(60)

    init(_ database: Database, capacity: Int) {
        self.database = database
        revoked = Locked(RevocationSet(capacity: capacity))
    }

    /// Called with what is newly revoked, so that remembered tokens are looked at again; with nil it may be any.
    func whenRevoked(_ body: @escaping @Sendable ([Revocation]?) -> Void) {
        onRevoked.withLock { $0 = body }
    }

    func refuses(_ claims: Claims) -> Bool {
        let (id, subject, issuedAt, expiry) = (claims.id, claims.subject, claims.issuedAt, claims.expiry)
        return revoked.withLock { $0.refuses(tokenID: id, subject: subject, issuedAt: issuedAt, expiry: expiry) }
    }

    /// For other gateways, as soon as the statement's transaction ends; call `add` then for this one.
    func record(_ revocation: Revocation, _ statements: some Statements) async throws(PostgresError) {
        try await statements.execute(
            """
            WITH added AS (
                INSERT INTO revoked_tokens (id, revoked_at, until)
                VALUES (\(revocation.id), \(revocation.at), \(revocation.until))
                ON CONFLICT (id) DO UPDATE SET until = greatest(revoked_tokens.until, excluded.until),
                    revoked_at = greatest(revoked_tokens.revoked_at, excluded.revoked_at), added_at = clock_timestamp()
                RETURNING id, revoked_at, until
            )
            SELECT pg_notify(\(fragment: IdentitySignal.channel), 'r' || (extract(epoch FROM revoked_at) * 1000000)::bigint
                || ' ' || (extract(epoch FROM until) * 1000000)::bigint || ' ' || id) FROM added
            """)
    }

    func revoke(_ revocation: Revocation) async throws(PostgresError) {
        try await record(revocation, database)
        add([revocation])
    }

    func add(_ revocations: [Revocation]) {
        let (new, hasNewFloor) = revoked.withLock { set in
            let floor = set.floor
            let new = revocations.filter { set.insert($0, at: .now) }
            return (new, set.floor != floor)
        }
        // A floor that rose concerns tokens that nobody named.
        guard !new.isEmpty else { return }
        let tell = onRevoked.withLock { $0 }
        tell(hasNewFloor ? nil : new)
    }

    /// Reads what was added since the last time.
    func refresh() async throws(PostgresError) {
        let since = readAt.withLock { $0 }.map { $0 - Self.overlap } ?? Timestamp(seconds: 0)
        let rows = try await database.rows(
            """
            SELECT id, revoked_at, until, now() AS read_at FROM revoked_tokens
            WHERE added_at >= \(since) AND until > now() ORDER BY until DESC
            """, as: Row.self)
        add(rows.map { Revocation(id: $0.id, at: $0.revokedAt, until: $0.until) })
        if let row = rows.first { readAt.withLock { $0 = row.readAt } }
        revoked.withLock { $0.sweep(at: .now) }
    }

    func sweep(limit: Int) async throws(PostgresError) -> Int {
        try await database.execute(
            "DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE until < now() LIMIT \(limit))")
    }

    var count: Int { revoked.withLock { $0.count } }

    private struct Row: Decodable, Sendable {
        let id: String
        let revokedAt: Timestamp
        let until: Timestamp
        let readAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case id, until
            case revokedAt = "revoked_at"
            case readAt = "read_at"
        }
    }
}
