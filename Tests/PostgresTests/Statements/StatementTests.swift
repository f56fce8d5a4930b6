import Loop
import Postgres
import TestKit
import Testing

@Suite("Statements", .enabled(if: TestDatabase.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct StatementTests {
    @Test("A thousand statements at once, more than there are connections, each get their own answer")
    func concurrent() async throws {
        try await TestDatabase.with { test in
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<1000 {
                    tasks.addTask {
                        let text = String(repeating: "x", count: number)
                        let row = try await test.database.rows("SELECT \(number)::bigint AS n, \(text)::text AS t")[0]
                        let (n, t): (Int, String) = (try row.value("n"), try row.value("t"))
                        return n == number && t == text
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
            let figures = test.database.figures
            #expect(figures.open <= 8)
            #expect(figures.statements == 0)
        }
    }

    @Test("A refused statement says why, and those beside it in the pipeline are not touched")
    func refused() async throws {
        try await TestDatabase.with { test in
            try await test.database.execute("CREATE TABLE unique_things (id bigint CONSTRAINT one_of_each PRIMARY KEY)")
            let outcomes = await withTaskGroup(of: String.self) { tasks in
                for number in 0..<200 {
                    tasks.addTask {
                        do throws(PostgresError) {
                            try await test.database.execute("INSERT INTO unique_things VALUES (\(number / 2))")
                            return "done"
                        } catch {
                            return error.violatedUniqueness ?? "\(error)"
                        }
                    }
                }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == "done" } == 100)
            #expect(outcomes.count { $0 == "one_of_each" } == 100)
        }
    }

    @Test("A statement that the server does not understand is an error every time, and nothing else breaks")
    func syntax() async throws {
        try await TestDatabase.with { test in
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) {
                    try await test.database.execute("SELEC 1")
                }
                guard case .refused(let refusal) = error else {
                    Issue.record("\(error!)")
                    continue
                }
                #expect(refusal.state == "42601")
            }
            let one = try await test.database.first("SELECT 1", as: Int.self)
            #expect(one == 1)
        }
    }

    @Test("An error that comes with the commit is an error of the statement")
    func deferred() async throws {
        try await TestDatabase.with { test in
            try await test.database.execute("CREATE TABLE parents (id bigint PRIMARY KEY)")
            try await test.database.execute(
                """
                CREATE TABLE children (
                    parent bigint CONSTRAINT has_parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED)
                """)
            let error = await #expect(throws: PostgresError.self) {
                try await test.database.execute("INSERT INTO children VALUES (1)")
            }
            #expect(error?.violatedForeignKey == "has_parent")
            let inTransaction = await #expect(throws: PostgresError.self) {
                try await test.database.transaction { try await $0.execute("INSERT INTO children VALUES (1)") }
            }
            #expect(inTransaction?.violatedForeignKey == "has_parent")
            let count = try await test.database.first("SELECT count(*) FROM children", as: Int.self)
            #expect(count == 0)
        }
    }

    @Test("A statement whose table changed under it is prepared again without a word")
    func changedTable() async throws {
        try await TestDatabase.with({ $0.maximumConnections = 4 }) { test in
            try await test.database.execute("CREATE TABLE shapes (id bigint)")
            try await test.database.execute("INSERT INTO shapes VALUES (1)")
            for round in 0..<3 {
                for _ in 0..<10 {
                    let columns = try await test.database.rows("SELECT * FROM shapes").columns
                    #expect(columns.count == round + 1)
                }
                try await test.database.execute(
                    [
                        "ALTER TABLE shapes ADD COLUMN a text", "ALTER TABLE shapes ADD COLUMN b text",
                        "ALTER TABLE shapes ADD COLUMN c text",
                    ][round])
            }
        }
    }

    @Test("A slow statement is stopped on the server when its time is up")
    func timeout() async throws {
        try await TestDatabase.with { test in
            let began = Deadline.now
            let error = await #expect(throws: PostgresError.self) {
                try await test.database.execute("SELECT pg_sleep(60)", timeout: .milliseconds(100))
            }
            #expect("\(error!)" == "the statement took too long")
            #expect(Deadline.now.duration(since: began) < .seconds(5))
            try await expectNothingRuns(test)
        }
    }

    @Test("The server's own limit ends a statement that has no other")
    func serverLimit() async throws {
        try await TestDatabase.with({ $0.statementTimeout = .milliseconds(200) }) { test in
            let error = await #expect(throws: PostgresError.self) {
                try await test.database.execute("SELECT pg_sleep(60)")
            }
            #expect("\(error!)" == "the statement took too long")
        }
    }

    @Test("A cancelled task's statement is stopped on the server")
    func cancelled() async throws {
        try await TestDatabase.with { test in
            let task = Task { try await test.database.execute("SELECT pg_sleep(60)") }
            try await eventually("it runs") { try await running(test) == 1 }
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { _ = try await task.value }
            #expect("\(error!)" == "the statement was cancelled")
            try await expectNothingRuns(test)
        }
    }

    @Test("Cancelling some statements of a pipeline hits none of the others")
    func cancelledNeighbours() async throws {
        try await TestDatabase.with({ $0.maximumConnections = 4 }) { test in
            try await test.database.execute("CREATE TABLE effects (n bigint)")
            for round in 0..<5 {
                let slow = (0..<4).map { _ in
                    Task { try await test.database.execute("SELECT pg_sleep(0.2)") }
                }
                let quick = (0..<60).map { number in
                    Task { try await test.database.execute("INSERT INTO effects VALUES (\(round * 100 + number))") }
                }
                for task in slow.prefix(3) { task.cancel() }
                for task in quick { #expect(try await task.value == 1) }
                for task in slow { _ = await task.result }
            }
            let effects = try await test.database.rows("SELECT count(*), count(DISTINCT n) FROM effects")[0]
            #expect(try effects.value(at: 0, as: Int.self) == 300)
            #expect(try effects.value(at: 1, as: Int.self) == 300)
        }
    }

    @Test("Work that waits too long for a connection is told that all are in use")
    func exhausted() async throws {
        try await TestDatabase.with({
            $0.maximumConnections = 2
            $0.maximumPipelined = 1
            $0.waitTimeout = .milliseconds(300)
        }) { test in
            // All on one loop, whose pool has two connections.
            let loop = TestService.loops.loops[0]
            try await loop.run {
                let held = (0..<2).map { _ in
                    Task(executorPreference: loop) { try await test.database.execute("SELECT pg_sleep(3)") }
                }
                await loop.yield()
                let error = await #expect(throws: PostgresError.self) { try await test.database.execute("SELECT 1") }
                #expect("\(error!)" == "all connections to the database are in use")
                for task in held { task.cancel() }
                for task in held { _ = await task.result }
                try await test.database.check()
            }
        }
    }

    @Test("What is asked for after the end is refused")
    func closed() async throws {
        try await TestDatabase.with { test in
            try await test.database.check()
            test.database.close()
            let error = await #expect(throws: PostgresError.self) { try await test.database.check() }
            #expect("\(error!)" == "the connections to the database are closed")
        }
    }

    private func running(_ test: TestDatabase) async throws -> Int? {
        try await test.database.first(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()
            """, as: Int.self)
    }

    private func expectNothingRuns(_ test: TestDatabase) async throws {
        try await eventually("the server stopped it") { try await running(test) == 0 }
    }
}
