import Postgres
import TestKit
import Testing

@Suite("A schema from a template", .enabled(if: TestDatabase.isAvailable, "no database"), .timeLimit(.minutes(2)))
struct SchemaTemplateTests {
    private struct Book: Decodable, Sendable {
        let id: Int
        let title: String
    }

    private static let sets = [
        MigrationSet(
            "shelf",
            [
                Migration(1, "create", "CREATE TABLE books (id integer PRIMARY KEY, title text NOT NULL)"),
                Migration(2, "fill", "INSERT INTO books SELECT n, 'Volume ' || n FROM generate_series(1, 3) n"),
            ])
    ]

    private func withSchema(_ body: (ThrowAwaySchema, Database) async throws -> Void) async throws {
        let schema = try #require(try await ThrowAwaySchema.make(from: SchemaTemplate(Self.sets)))
        do {
            let database = try TestDatabase.open(schema.url)
            defer { database.close() }
            try await body(schema, database)
            database.close()
            await schema.drop()
        } catch {
            await schema.drop()
            throw error
        }
    }

    @Test("has the tables and rows of the migrations, and nothing is left to migrate")
    func ready() async throws {
        try await withSchema { _, database in
            let books = try await database.rows("SELECT id, title FROM books ORDER BY id", as: Book.self)
            #expect(books.map(\.title) == ["Volume 1", "Volume 2", "Volume 3"])
            let steps = try await database.migrate(Self.sets)
            #expect(steps == 0)
        }
    }

    @Test("is a test's own, also when many are made at once for the first time")
    func apart() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...6 {
                group.addTask {
                    try await withSchema { schema, database in
                        try await database.execute("INSERT INTO books VALUES (\(100 + number), 'mine')")
                        let books = try await database.rows("SELECT id, title FROM books WHERE id > 100", as: Book.self)
                        #expect(books.map(\.id) == [100 + number])
                        let exists = try await schema.exists()
                        #expect(exists)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("is gone when it was dropped, with whoever is still connected")
    func dropped() async throws {
        let schema = try #require(try await ThrowAwaySchema.make(from: SchemaTemplate(Self.sets)))
        let database = try TestDatabase.open(schema.url)
        defer { database.close() }
        try await database.execute("SELECT 1")
        await schema.drop()
        let exists = try await schema.exists()
        #expect(!exists)
    }
}
