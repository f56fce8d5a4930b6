import Glibc
import Loop
import Postgres
import TestKit
import Testing

/// A database in a schema of its own, and what tests do with it.
struct TestDatabase {
    let database: Database
    let schema: ThrowAwaySchema

    static var isAvailable: Bool { getenv("PENTAD_TEST_DATABASE_URL") != nil }

    @discardableResult
    static func with<Result>(
        _ change: (inout DatabaseSettings) -> Void = { _ in }, body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        let schema = try #require(try await ThrowAwaySchema.make())
        do {
            let database = try open(schema.url, change)
            defer { database.close() }
            let result = try await body(TestDatabase(database: database, schema: schema))
            database.close()
            await schema.drop()
            return result
        } catch {
            await schema.drop()
            throw error
        }
    }

    static func open(_ url: String, _ change: (inout DatabaseSettings) -> Void = { _ in }) throws -> Database {
        var settings = DatabaseSettings(url: url, applicationName: "postgres-tests")
        settings.maximumConnections = 8
        change(&settings)
        return try Database(settings, loops: TestService.loops, blocking: blocking)
    }

    static let blocking = BlockingPool(maximumThreads: 8)
}
