import Glibc
import JSON
import Loop
import Postgres
import TestKit
import Testing

@Suite("Streams of rows", .enabled(if: TestDatabase.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct RowStreamTests {
    struct Numbered: Decodable, Sendable {
        var n: Int
        var text: String
    }

    @Test("A million rows pass in order, in a few megabytes")
    func million() async throws {
        try await TestDatabase.with { test in
            try await test.database.check()
            let before = residentBytes()
            let (sum, peak) = try await test.database.stream(
                "SELECT generate_series(1, 1000000) AS n, repeat('x', 100) AS text", as: Numbered.self
            ) { rows in
                var sum = 0
                var last = 0
                var peak = 0
                for try await row in rows {
                    precondition(row.n == last + 1 && row.text.utf8.count == 100)
                    last = row.n
                    sum += row.n
                    if row.n % 50_000 == 0 { peak = max(peak, residentBytes()) }
                }
                return (sum, peak)
            }
            #expect(sum == 500_000_500_000)
            #expect(peak - before < (16 << 20) + Sanitizers.heldMemory, "grew by \((peak - before) >> 20) MiB")
        }
    }

    @Test("A reader may take longer than a statement may; the limit holds again behind it")
    func slowReader() async throws {
        try await TestDatabase.with({ $0.statementTimeout = .milliseconds(300) }) { test in
            let count = try await test.database.stream(
                "SELECT n FROM (SELECT generate_series(1, 6) AS n) t, LATERAL pg_sleep(0.1 + 0 * n)", as: Int.self
            ) { rows in
                var count = 0
                for try await _ in rows { count += 1 }
                return count
            }
            #expect(count == 6)
            for _ in 0..<8 {
                await #expect(throws: PostgresError.self) { try await test.database.execute("SELECT pg_sleep(5)") }
            }
        }
    }

    @Test("A reader that stops early stops the server, and the connection goes on")
    func early() async throws {
        try await TestDatabase.with { test in
            for _ in 0..<3 {
                let first = try await test.database.stream(
                    "SELECT generate_series(1, 100000000)", as: Int.self
                ) { rows in
                    var seen: [Int] = []
                    for try await row in rows {
                        seen.append(row)
                        if seen.count == 3 { break }
                    }
                    return seen
                }
                #expect(first == [1, 2, 3])
            }
            let figures = test.database.figures
            #expect(figures.taken == 0)
            try await test.database.check()
        }
    }

    @Test("An error in the middle comes after the rows before it")
    func failure() async throws {
        try await TestDatabase.with { test in
            let seen = Locked(0)
            let error = await #expect(throws: PostgresError.self) {
                try await test.database.stream(
                    "SELECT 1 / (100 - n) FROM generate_series(1, 1000) AS n", as: Int.self
                ) { rows in
                    for try await _ in rows { seen.withLock { $0 += 1 } }
                }
            }
            #expect("\(error!)" == "the database refused the statement (22012): division by zero")
            #expect(seen.withLock { $0 } == 99)
            let wrong = await #expect(throws: PostgresError.self) {
                try await test.database.stream("SELEC", as: Int.self) { rows in for try await _ in rows {} }
            }
            #expect("\(wrong!)".contains("42601"))
        }
    }

    @Test("Cancelling the reader ends the statement")
    func cancelled() async throws {
        try await TestDatabase.with { test in
            let task = Task {
                try await test.database.stream("SELECT pg_sleep(60)::text", as: String.self) { rows in
                    for try await _ in rows {}
                }
            }
            try await eventually("it runs") {
                try await test.database.first(
                    "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)::text'", as: Int.self)
                    == 1
            }
            let began = Deadline.now
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect("\(error!)" == "the statement was cancelled")
            #expect(Deadline.now.duration(since: began) < .seconds(4))
        }
    }

    private func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return (Int(fields[1]) ?? 0) * 4096
    }
}
