import CPostgres
import Glibc
import Loop

/// A schema of its own in the test database, dropped afterwards.
///
/// The database is named by `PENTAD_TEST_DATABASE_URL`, which `./dev test` sets; without it a test has no schema.
public struct ThrowAwaySchema: Sendable {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    public let name: String
    /// Connects straight into the schema.
    public let url: String
    private let database: String
    private static let blocking = BlockingPool(maximumThreads: 4)

    public static func make() async throws -> ThrowAwaySchema? {
        guard let database = getenv("PENTAD_TEST_DATABASE_URL").map({ String(cString: $0) }) else { return nil }
        let name = "test_" + String(UInt64.random(in: .min ... .max), radix: 36)
        try await run("CREATE SCHEMA \(name)", on: database)
        let separator = database.contains("?") ? "&" : "?"
        return ThrowAwaySchema(
            name: name, url: "\(database)\(separator)options=-csearch_path%3D\(name)", database: database)
    }

    public func drop() async {
        try? await Self.run("DROP SCHEMA IF EXISTS \(name) CASCADE", on: database)
    }

    /// Whether it is still there.
    public func exists() async throws -> Bool {
        do {
            try await Self.run("DO $$ BEGIN PERFORM '\(name)'::regnamespace; END $$", on: database)
            return true
        } catch let failure as Failed where failure.description.contains("does not exist") {
            return false
        }
    }

    /// The statements are ours and hold no foreign text. libpq blocks here, on a thread made for that.
    private static func run(_ statement: String, on database: String) async throws {
        try await blocking.run {
            let connection = PQconnectdb(database)
            defer { PQfinish(connection) }
            guard PQstatus(connection) == CONNECTION_OK else {
                throw Failed(description: String(cString: PQerrorMessage(connection)))
            }
            // What goes with a schema is not worth a line each.
            PQclear(PQexec(connection, "SET client_min_messages = warning"))
            let result = PQexec(connection, statement)
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK else {
                throw Failed(description: String(cString: PQerrorMessage(connection)))
            }
        }
    }
}
