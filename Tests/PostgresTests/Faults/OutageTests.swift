import Glibc
import Loop
import Postgres
import TestKit
import Testing

@Suite("Outages", .enabled(if: ThrowAwayPostgres.programs != nil, "needs a PostgreSQL server's programs"))
struct OutageTests {
    private func withServer(_ body: (ThrowAwayPostgres, Database) async throws -> Void) async throws {
        let server = try await ThrowAwayPostgres.start()
        let database = try TestDatabase.open(server.url)
        defer { database.close() }
        try await body(server, database)
        try await server.stop(.kill)
    }

    /// Statements one after another, as long as they are wanted: how many were acknowledged, and how each failed.
    private final class Traffic: Sendable {
        let acknowledged = Locked<Set<Int>>([])
        let failures = Locked<[String: Int]>([:])
        private let isOver = Locked(false)

        func run(_ database: Database, lane: Int) async {
            var number = lane
            while !isOver.withLock({ $0 }) {
                number += 1000
                do throws(PostgresError) {
                    try await database.execute("INSERT INTO effects VALUES (\(number))")
                    let acknowledgedNumber = number
                    acknowledged.withLock { _ = $0.insert(acknowledgedNumber) }
                } catch {
                    let kind = error.isUnavailability ? "unavailable" : "\(error)"
                    failures.withLock { $0[kind, default: 0] += 1 }
                }
            }
        }

        func end() { isOver.withLock { $0 = true } }
    }

    @Test(
        "A server that restarts in mid-traffic loses nothing that was acknowledged, and the traffic goes on",
        arguments: [ThrowAwayPostgres.Stop.fast, .kill])
    func restart(stop: ThrowAwayPostgres.Stop) async throws {
        try await withServer { server, database in
            try await database.execute("CREATE TABLE effects (n bigint)")
            let traffic = Traffic()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for lane in 0..<16 { tasks.addTask { await traffic.run(database, lane: lane) } }
                try await eventually("traffic") { traffic.acknowledged.withLock { $0.count } > 200 }
                try await server.stop(stop)
                try await server.start()
                let before = traffic.acknowledged.withLock { $0.count }
                try await eventually("traffic again") { traffic.acknowledged.withLock { $0.count } > before + 200 }
                traffic.end()
                try await tasks.waitForAll()
            }
            let found = Set(try await database.rows("SELECT n FROM effects", as: Int.self))
            let missing = traffic.acknowledged.withLock { $0 }.subtracting(found)
            #expect(missing.isEmpty)
            #expect(traffic.failures.withLock { $0.keys.filter { $0 != "unavailable" } } == [])
        }
    }

    @Test("While the server is away a statement fails within about a second, and soon after its return one succeeds")
    func away() async throws {
        try await withServer { server, database in
            try await database.check()
            try await server.stop()
            for _ in 0..<3 {
                let began = Deadline.now
                let error = await #expect(throws: PostgresError.self) { try await database.check() }
                #expect(error!.isUnavailability)
                #expect(Deadline.now.duration(since: began) < .seconds(2))
            }
            try await server.start()
            try await eventually(within: 5, "it is back") { (try? await database.check()) != nil }
        }
    }

    @Test("A terminated backend fails what it worked on; the next statement has another")
    func terminated() async throws {
        try await withServer { _, database in
            let victim = Task { try await database.execute("SELECT pg_sleep(60)") }
            try await eventually("it runs") {
                try await database.first(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'
                    """, as: Int.self) == 1
            }
            let error = await #expect(throws: PostgresError.self) { _ = try await victim.value }
            #expect(error!.isUnavailability)
            try await database.check()
        }
    }

    @Test("A transaction whose backend was terminated fails, and its lease is free again")
    func terminatedTransaction() async throws {
        try await withServer { _, database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.transaction { transaction in
                    let pid = try await transaction.first("SELECT pg_backend_pid()", as: Int.self)!
                    try await database.execute("SELECT pg_terminate_backend(\(pid)::integer)")
                    try await transaction.execute("SELECT 1")
                }
            }
            #expect(error!.isUnavailability)
            let figures = database.figures
            #expect(figures.taken == 0)
            try await database.transaction { try await $0.execute("SELECT 1") }
        }
    }

    @Test("A server that freezes in mid-statement does not hold a cancelled caller for ever")
    func frozen() async throws {
        try await withServer { server, database in
            // On one loop, whose only connection that is.
            let loop = TestService.loops.loops[0]
            let pid = try await loop.run { pid_t(try await database.first("SELECT pg_backend_pid()", as: Int.self)!) }
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            let began = Deadline.now
            let error = await #expect(throws: PostgresError.self) {
                _ = try await loop.run { try await database.execute("SELECT 1", timeout: .milliseconds(100)) }
            }
            #expect(error!.isUnavailability)
            #expect(Deadline.now.duration(since: began) < .seconds(8))
        }
    }

    @Test("A server that freezes in the middle of a stream holds its cancelled reader no longer than the grace")
    func frozenStream() async throws {
        try await withServer { server, database in
            let reading = Locked(0)
            let reader = Task {
                try await database.stream("SELECT pg_sleep(60)::text", as: String.self) { rows in
                    defer { reading.withLock { $0 += 1 } }
                    for try await _ in rows {}
                }
            }
            let find: SQL = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)::text'"
            try await eventually("it runs") { try await database.first(find, as: Int.self) != nil }
            let pid = pid_t(try await database.first(find, as: Int.self)!)
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            let began = Deadline.now
            reader.cancel()
            try await eventually(within: 2, "its reader goes on") { reading.withLock { $0 } == 1 }
            let error = await #expect(throws: PostgresError.self) { try await reader.value }
            #expect("\(error!)" == "the statement was cancelled")
            #expect(Deadline.now.duration(since: began) < .seconds(8))
            try await database.check()
            let figures = database.figures
            #expect(figures.taken == 0)
        }
    }

    @Test("A wrong password, a wrong name and a wrong address say what is wrong, without the password")
    func misconfigured() async throws {
        for url in ["postgresql://postgres:secret@127.0.0.1:1/postgres", "postgresql://nobody.invalid:1/x"] {
            let database = try TestDatabase.open(url)
            let error = await #expect(throws: PostgresError.self) { try await database.check() }
            #expect(error!.isUnavailability)
            #expect(!"\(error!)".contains("secret"))
            database.close()
        }
        let error = #expect(throws: PostgresError.self) { _ = try TestDatabase.open("mysql://u:secret@host/x") }
        #expect(!"\(error!)".contains("secret"))
    }
}
