import Postgres
import TestKit
import Testing

@Suite("Migrations", .enabled(if: TestDatabase.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct MigrationTests {
    private let create = Migration(1, "create", "CREATE TABLE a (id bigint); INSERT INTO a VALUES (1);")
    private let fill = Migration(2, "fill", "INSERT INTO a SELECT 2; SELECT pg_sleep(0.2);")

    @Test("Steps are taken in order, once")
    func once() async throws {
        try await TestDatabase.with { test in
            let first = try await test.database.migrate([MigrationSet("things", [create])])
            let second = try await test.database.migrate([MigrationSet("things", [create, fill])])
            let third = try await test.database.migrate([MigrationSet("things", [create, fill])])
            #expect([first, second, third] == [1, 1, 0])
            let rows = try await test.database.rows("SELECT id FROM a ORDER BY id", as: Int.self)
            #expect(rows == [1, 2])
        }
    }

    @Test("Processes that start at once take each step once")
    func together() async throws {
        try await TestDatabase.with { test in
            let counts = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask {
                        let other = try TestDatabase.open(test.schema.url)
                        defer { other.close() }
                        return try await other.migrate([MigrationSet("things", [create, fill])])
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, 2])
            let rows = try await test.database.rows("SELECT id FROM a ORDER BY id", as: Int.self)
            #expect(rows == [1, 2])
        }
    }

    @Test("A step that was taken and then changed is refused, and so is one that nobody knows")
    func changed() async throws {
        try await TestDatabase.with { test in
            try await test.database.migrate([MigrationSet("things", [create, fill])])
            let changed = Migration(1, "create", "CREATE TABLE a (id integer)")
            let error = await #expect(throws: MigrationError.self) {
                try await test.database.migrate([MigrationSet("things", [changed, fill])])
            }
            #expect(
                "\(error!)"
                    == "migration 1 (create) of things was applied with other statements than it has now: "
                    + "restore it and add a new one")
            let older = await #expect(throws: MigrationError.self) {
                try await test.database.migrate([MigrationSet("things", [create])])
            }
            #expect("\(older!)".contains("which this version does not know"))
        }
    }

    @Test("A step that fails leaves nothing, and is taken when it is right")
    func failing() async throws {
        try await TestDatabase.with { test in
            let broken = Migration(1, "create", "CREATE TABLE a (id bigint); INSERT INTO nowhere VALUES (1);")
            let error = await #expect(throws: MigrationError.self) {
                try await test.database.migrate([MigrationSet("things", [broken])])
            }
            #expect("\(error!)".contains("42P01"))
            let count = try await test.database.migrate([MigrationSet("things", [create])])
            #expect(count == 1)
            let ending = Migration(2, "ending", "INSERT INTO a VALUES (7); COMMIT;")
            let early = await #expect(throws: MigrationError.self) {
                try await test.database.migrate([MigrationSet("things", [create, ending])])
            }
            #expect("\(early!)".contains("it ends its own transaction"))
        }
    }

    @Test("Sets are counted apart")
    func sets() async throws {
        try await TestDatabase.with { test in
            let other = MigrationSet("others", [Migration(1, "create", "CREATE TABLE b (id bigint)")])
            let count = try await test.database.migrate([MigrationSet("things", [create]), other])
            #expect(count == 2)
        }
    }
}
