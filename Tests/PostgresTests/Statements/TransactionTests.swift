import Loop
import Postgres
import TestKit
import Testing

@Suite("Transactions", .enabled(if: TestDatabase.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct TransactionTests {
    struct Stop: Error {}

    @discardableResult
    private func withCounter<Result>(_ body: (TestDatabase) async throws -> Result) async throws -> Result {
        try await TestDatabase.with { test in
            try await test.database.execute("CREATE TABLE counters (name text PRIMARY KEY, value bigint NOT NULL)")
            try await test.database.execute("INSERT INTO counters VALUES ('a', 0), ('b', 0)")
            return try await body(test)
        }
    }

    private func expectValue(
        _ name: String, _ expected: Int, _ test: TestDatabase, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await value(name, test)
        #expect(found == expected, sourceLocation: sourceLocation)
    }

    private func value(_ name: String, _ test: TestDatabase) async throws -> Int? {
        try await test.database.first("SELECT value FROM counters WHERE name = \(name)", as: Int.self)
    }

    @Test("A transaction is seen whole when its closure returns, and not at all when it throws")
    func wholeOrNothing() async throws {
        try await withCounter { test in
            let seen = try await test.database.transaction { transaction in
                try await transaction.execute("UPDATE counters SET value = 1")
                return try await transaction.first("SELECT sum(value)::bigint FROM counters", as: Int.self)
            }
            #expect(seen == 2)
            await #expect(throws: Stop.self) {
                try await test.database.transaction { transaction in
                    try await transaction.execute("UPDATE counters SET value = 9")
                    throw Stop()
                }
            }
            try await expectValue("a", 1, test)
        }
    }

    @Test("A transaction whose failure was caught inside is not committed")
    func swallowed() async throws {
        try await withCounter { test in
            let error = await #expect(throws: PostgresError.self) {
                try await test.database.transaction { transaction in
                    try await transaction.execute("UPDATE counters SET value = 5")
                    _ = try? await transaction.execute("INSERT INTO counters VALUES ('a', 1)")
                }
            }
            #expect("\(error!)" == "the transaction is over")
            try await expectValue("a", 0, test)
        }
    }

    @Test("Increments that would be lost are done again until none is")
    func serializable() async throws {
        try await withCounter { test in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<6 {
                    tasks.addTask {
                        for _ in 0..<5 {
                            try await test.database.transaction(.serializable) { transaction in
                                let old = try await transaction.first(
                                    "SELECT value FROM counters WHERE name = 'a'", as: Int.self)!
                                try await transaction.execute(
                                    "UPDATE counters SET value = \(old + 1) WHERE name = 'a'")
                            }
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            try await expectValue("a", 30, test)
        }
    }

    @Test("A deadlock ends one of the two, which is done again when it may be")
    func deadlock() async throws {
        try await withCounter { test in
            let attempts = Locked(0)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for order in [["a", "b"], ["b", "a"]] {
                    tasks.addTask { [database = test.database] in
                        try await database.transaction(.repeatable) { transaction in
                            attempts.withLock { $0 += 1 }
                            for name in order {
                                try await transaction.execute(
                                    "UPDATE counters SET value = value + 1 WHERE name = \(name)")
                                try await transaction.execute("SELECT pg_sleep(0.1)")
                            }
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(attempts.withLock { $0 } == 3)
            try await expectValue("a", 2, test)
            try await expectValue("b", 2, test)
        }
    }

    @Test("A failure is not repeated unless the closure is said to be repeatable")
    func once() async throws {
        try await withCounter { test in
            let attempts = Locked(0)
            await #expect(throws: PostgresError.self) {
                try await test.database.transaction(.init(isolation: .repeatableRead)) { transaction in
                    attempts.withLock { $0 += 1 }
                    _ = try await transaction.rows("SELECT * FROM counters")
                    try await test.database.execute("UPDATE counters SET value = 1")
                    try await transaction.execute("UPDATE counters SET value = 2")
                }
            }
            #expect(attempts.withLock { $0 } == 1)
        }
    }

    @Test("A transaction that only reads cannot write")
    func readOnly() async throws {
        try await withCounter { test in
            await #expect(throws: PostgresError.self) {
                try await test.database.transaction(.init(isReadOnly: true)) {
                    try await $0.execute("UPDATE counters SET value = 1")
                }
            }
        }
    }

    @Test("A cancelled transaction is rolled back, and its connection goes on")
    func cancelled() async throws {
        try await withCounter { test in
            let task = Task {
                try await test.database.transaction { transaction in
                    try await transaction.execute("UPDATE counters SET value = 7")
                    try await transaction.execute("SELECT pg_sleep(60)")
                }
            }
            try await eventually("it sleeps") {
                try await test.database.first(
                    "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'",
                    as: Int.self) == 1
            }
            task.cancel()
            await #expect(throws: PostgresError.self) { try await task.value }
            try await expectValue("a", 0, test)
            let figures = test.database.figures
            #expect(figures.taken == 0)
        }
    }

    @Test("A hundred transactions at once wait for their turn while statements go on")
    func many() async throws {
        try await withCounter { test in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<100 {
                    tasks.addTask {
                        _ = try await test.database.transaction {
                            try await $0.execute("UPDATE counters SET value = value + 1 WHERE name = 'a'")
                        }
                    }
                    tasks.addTask {
                        _ = try await test.database.execute("UPDATE counters SET value = value + 1 WHERE name = 'b'")
                    }
                }
                try await tasks.waitForAll()
            }
            try await expectValue("a", 100, test)
            try await expectValue("b", 100, test)
        }
    }

    @Test("A transaction that is over runs nothing more")
    func over() async throws {
        try await withCounter { test in
            let kept = Locked<Transaction?>(nil)
            try await test.database.transaction { transaction in kept.withLock { $0 = transaction } }
            let transaction = kept.withLock { $0 }!
            let error = await #expect(throws: PostgresError.self) {
                _ = try await transaction.execute("SELECT 1")
            }
            #expect("\(error!)" == "the transaction is over")
        }
    }
}
