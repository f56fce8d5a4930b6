import Crypto
import Loop
import Postgres

/// Migrations that were taken once for all tests: a schema made from the template is a copy of files.
///
/// The template is a database named after its migrations, so other ones are another template. Whichever process comes
/// first makes it while the others wait; it stays, and goes with the server that tests are given.
public struct SchemaTemplate: Sendable {
    let sets: [MigrationSet]

    public init(_ sets: [MigrationSet]) {
        self.sets = sets
    }

    /// The database's name: as long as a name may be, and the same for the same statements in the same order.
    var database: String {
        let steps = sets.flatMap { set in set.migrations.map { "\(set.name) \($0.number) \($0.checksum)" } }
        return "template_" + Hex.encode(SHA256.hash(steps.joined(separator: "\n"))).prefix(40)
    }

    private static let blocking = BlockingPool(maximumThreads: 2)

    /// Makes the template unless it is there; answers its name.
    func prepare(on server: TestServer) async throws -> String {
        let name = database
        guard try await !server.hasDatabase(name) else { return name }
        // Made under another name and renamed when it is whole: who finds the name finds all of it.
        let draft = "\(name)_draft"
        let lock = try await server.lock(name)
        defer { lock.release() }
        guard try await !server.hasDatabase(name) else { return name }
        try await server.run("DROP DATABASE IF EXISTS \(draft) WITH (FORCE)")
        try await server.run("CREATE DATABASE \(draft)")
        try await migrate(server.url(["dbname": draft]))
        try await server.untilUnused(draft)
        try await server.run("ALTER DATABASE \(draft) RENAME TO \(name)")
        return name
    }

    private func migrate(_ url: String) async throws {
        let settings = DatabaseSettings(url: url, applicationName: "schema-template")
        let database = try Database(settings, loops: TestService.loops, blocking: Self.blocking)
        defer { database.close() }
        try await database.migrate(sets)
    }
}
