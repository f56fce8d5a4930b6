import Loop
import Telemetry

extension Database {
    /// Brings the schema that we connect to up to date. Any number of processes may do so at once: one works, the others
    /// wait for it and find nothing left. Answers how many steps were taken.
    @discardableResult
    public func migrate(_ sets: [MigrationSet]) async throws(MigrationError) -> Int {
        guard let loop = EventLoop.current else {
            return try await onLoop { () async throws(MigrationError) in try await self.migrate(sets) }
        }
        let pool = pool(of: loop)
        let lease: Lease
        do { lease = try await pool.lease() } catch { throw .database(error) }
        defer { pool.giveBack(lease) }
        let session = MigrationSession(pool: pool, lease: lease)
        return try await session.migrate(sets, logger: logger)
    }
}

/// Migrations on one connection.
private struct MigrationSession {
    let pool: LoopPool
    let lease: Lease

    func migrate(_ sets: [MigrationSet], logger: Logger) async throws(MigrationError) -> Int {
        // Locks last as long as the session, so one that dies lets go.
        // That a table is there already is not worth a line on standard error.
        try await script(
            """
            SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning
            """)
        try await script(
            "SELECT pg_advisory_lock(hashtextextended('pentad.migrations.' || current_schema(), 0))")
        let result: Result<Int, MigrationError>
        do throws(MigrationError) { result = .success(try await apply(sets, logger)) } catch {
            result = .failure(error)
        }
        if lease.connection?.isInTransaction == true { try? await script("ROLLBACK") }
        try? await script(
            """
            SELECT pg_advisory_unlock_all(); RESET statement_timeout; RESET idle_in_transaction_session_timeout;
            RESET client_min_messages
            """)
        return try result.get()
    }

    private func apply(_ sets: [MigrationSet], _ logger: Logger) async throws(MigrationError) -> Int {
        try await script(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                set text NOT NULL,
                number integer NOT NULL,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (set, number)
            )
            """)
        var count = 0
        for set in sets {
            let applied: [MigrationPlan.Applied]
            do throws(PostgresError) {
                applied = try await rows(
                    "SELECT number, name, checksum FROM schema_migrations WHERE set = \(set.name) ORDER BY number"
                ).decode(MigrationPlan.Applied.self)
            } catch {
                throw .database(error)
            }
            for migration in try MigrationPlan.pending(set, applied: applied) {
                do throws(PostgresError) {
                    try await take(migration, of: set)
                } catch {
                    throw .failed(set: set.name, number: migration.number, name: migration.name, error)
                }
                count += 1
                logger.info(
                    "migration_applied",
                    ["set": .string(set.name), "number": .int(migration.number), "name": .string(migration.name)])
            }
        }
        return count
    }

    private func take(_ migration: Migration, of set: MigrationSet) async throws(PostgresError) {
        guard let connection = lease.connection else { throw .closed }
        try await connection.run(script: "BEGIN")
        try await connection.run(script: migration.statements)
        guard connection.isInTransaction else {
            throw .refused(ServerRefusal(state: "25P01", message: "it ends its own transaction"))
        }
        _ = try await rows(
            """
            INSERT INTO schema_migrations (set, number, name, checksum)
            VALUES (\(set.name), \(migration.number), \(migration.name), \(migration.checksum))
            """)
        try await connection.run(script: "COMMIT")
    }

    private func rows(_ sql: SQL) async throws(PostgresError) -> Rows {
        Rows(result: try await pool.run(sql, on: lease, timeout: nil))
    }

    private func script(_ text: Script) async throws(MigrationError) {
        guard let connection = lease.connection else { throw .database(.closed) }
        do { try await connection.run(script: text) } catch { throw .database(error) }
    }
}
