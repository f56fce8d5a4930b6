import Postgres
import Telemetry

/// The log of sign-ins: who, how, from where, and whether he got in.
struct SignInLog: Sendable {
    enum Method: String, Sendable {
        case development, token, browser, refresh, logout
        case client
    }

    struct Entry: Sendable {
        var userID: Int?
        var account: String
        var method: Method
        var address: String
        /// `ok`, or the code of the refusal.
        var outcome = "ok"
    }

    let database: Database
    let logger: Logger
    let metrics: Metrics

    /// In the transaction of what it tells about.
    func write(_ entry: Entry, _ statements: some Statements) async throws(PostgresError) {
        try await statements.execute(
            """
            INSERT INTO sign_ins (user_id, account, method, address, outcome)
            VALUES (\(entry.userID), \(Self.short(entry.account)), \(entry.method.rawValue), \(entry.address),
                \(entry.outcome))
            """)
        count(entry)
    }

    /// A refusal is not kept from the client by a log that cannot be written.
    func refuse(_ entry: Entry) async {
        logger.warning(
            "sign_in_refused",
            [
                "account": .string(Self.short(entry.account)), "method": .string(entry.method.rawValue),
                "address": .string(entry.address), "outcome": .string(entry.outcome),
            ])
        do throws(PostgresError) {
            try await write(entry, database)
        } catch {
            count(entry)
            logger.warning("sign_in_log_unavailable", ["reason": .string("\(error)")])
        }
    }

    func sweep(olderThan age: Duration, limit: Int) async throws(PostgresError) -> Int {
        try await database.execute(
            """
            DELETE FROM sign_ins WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM sign_ins WHERE at < now() - make_interval(secs => \(Double(age.components.seconds)))
                LIMIT \(limit)))
            """)
    }

    private func count(_ entry: Entry) {
        metrics.counter(
            "sign_ins_total", help: "Attempts to sign in, to refresh and to sign out.",
            labels: [("method", entry.method.rawValue), ("outcome", entry.outcome)]
        ).add()
    }

    /// Zero characters cannot be stored.
    private static func short(_ text: String) -> String { String(text.prefix(300).filter { $0 != "\0" }) }
}
