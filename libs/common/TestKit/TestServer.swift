import CPostgres
import Glibc
import Loop

/// The PostgreSQL server that tests were given, and what is said to it about schemas and databases. The statements are
/// ours and hold no foreign text. libpq blocks here, on a thread made for that.
struct TestServer: Sendable {
    private let address: String
    private static let blocking = BlockingPool(maximumThreads: 4)

    static var configured: TestServer? {
        getenv("PENTAD_TEST_DATABASE_URL").map { TestServer(address: String(cString: $0)) }
    }

    /// Its address with more parameters, of which libpq goes by the last.
    func url(_ parameters: KeyValuePairs<String, String>) -> String {
        let query = parameters.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        return "\(address)\(address.contains("?") ? "&" : "?")\(query)"
    }

    func run(_ statement: String) async throws {
        try await Self.blocking.run {
            let session = try Session(address)
            try session.run(statement)
        }
    }

    func hasDatabase(_ name: String) async throws -> Bool {
        try await count("SELECT count(*) FROM pg_database WHERE datname = '\(name)'") > 0
    }

    /// Waits until nobody is connected to a database: a session that was closed takes a moment to go.
    func untilUnused(_ database: String) async throws {
        let isUnused = await eventually {
            (try? await count("SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database)'")) == 0
        }
        guard isUnused else { throw ThrowAwaySchema.Failed(description: "\(database) is still in use") }
    }

    /// One holder at a time among all processes; whoever dies lets go.
    func lock(_ name: String) async throws -> Session {
        try await Self.blocking.run {
            let session = try Session(address)
            try session.run("SELECT pg_advisory_lock(hashtextextended('\(name)', 0))")
            return session
        }
    }

    private func count(_ query: String) async throws -> Int {
        try await Self.blocking.run { Int(try Session(address).run(query)) ?? 0 }
    }

    /// One connection, used by one thread at a time.
    final class Session: @unchecked Sendable {
        private var connection: OpaquePointer?

        init(_ address: String) throws {
            connection = PQconnectdb(address)
            guard PQstatus(connection) == CONNECTION_OK else {
                defer { release() }
                throw ThrowAwaySchema.Failed(description: String(cString: PQerrorMessage(connection)))
            }
            // What goes with a schema is not worth a line each.
            PQclear(PQexec(connection, "SET client_min_messages = warning"))
        }

        deinit {
            release()
        }

        func release() {
            PQfinish(connection)
            connection = nil
        }

        /// Answers the first value, "" when there is none.
        @discardableResult
        func run(_ statement: String) throws -> String {
            let result = PQexec(connection, statement)
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK: return ""
            case PGRES_TUPLES_OK: return PQntuples(result) > 0 ? String(cString: PQgetvalue(result, 0, 0)) : ""
            default: throw ThrowAwaySchema.Failed(description: String(cString: PQerrorMessage(connection)))
            }
        }
    }
}
