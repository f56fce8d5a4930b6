/// A schema of its own in the test server, dropped afterwards.
///
///     let empty = try await ThrowAwaySchema.make()
///     let ready = try await ThrowAwaySchema.make(from: SchemaTemplate([JobSchema.migrations]))
///
/// The server is named by `PENTAD_TEST_DATABASE_URL`, which `./dev test` sets; without it a test has no schema.
public struct ThrowAwaySchema: Sendable {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    public let name: String
    /// Connects straight into the schema.
    public let url: String
    private let server: TestServer
    /// One copied from a template is the only schema of a database, which goes with it.
    private let isDatabase: Bool

    /// An empty one.
    public static func make() async throws -> ThrowAwaySchema? {
        guard let server = TestServer.configured else { return nil }
        let name = randomName()
        try await server.run("CREATE SCHEMA \(name)")
        return ThrowAwaySchema(
            name: name, url: server.url(["options": "-csearch_path%3D\(name)"]), server: server, isDatabase: false)
    }

    /// One with the template's tables in it. Nothing is heard from other tests here: notifications and advisory locks
    /// are a database's own.
    public static func make(from template: SchemaTemplate) async throws -> ThrowAwaySchema? {
        guard let server = TestServer.configured else { return nil }
        let database = try await template.prepare(on: server)
        let name = randomName()
        try await server.run("CREATE DATABASE \(name) TEMPLATE \(database)")
        return ThrowAwaySchema(name: name, url: server.url(["dbname": name]), server: server, isDatabase: true)
    }

    public func drop() async {
        let statement =
            isDatabase ? "DROP DATABASE IF EXISTS \(name) WITH (FORCE)" : "DROP SCHEMA IF EXISTS \(name) CASCADE"
        try? await server.run(statement)
    }

    /// Whether it is still there.
    public func exists() async throws -> Bool {
        guard !isDatabase else { return try await server.hasDatabase(name) }
        do {
            try await server.run("DO $$ BEGIN PERFORM '\(name)'::regnamespace; END $$")
            return true
        } catch let failure as Failed where failure.description.contains("does not exist") {
            return false
        }
    }

    private static func randomName() -> String {
        "test_" + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
