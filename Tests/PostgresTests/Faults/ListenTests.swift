import JSON
import Loop
import Postgres
import TestKit
import Testing

@Suite("Listening", .enabled(if: TestDatabase.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct ListenTests {
    @Test("What is sent to a channel is heard in order, also after the listener's connection was cut")
    func heard() async throws {
        try await TestDatabase.with { test in
            let channel = Channel("t_\(UUID().description.replacing("-", with: "_"))")!
            var heard = test.database.listen(to: [channel]).makeAsyncIterator()
            #expect(await heard.next() == .listening)
            for number in 0..<3 { try await notify(test, channel, "\(number)") }
            for number in 0..<3 {
                let next = await heard.next()
                #expect(next == .message(channel, "\(number)"))
            }
            let cut = try await test.database.first(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE query LIKE 'LISTEN%' || \(channel.name) || '%'
                """, as: Int.self)
            #expect(cut == 1)
            #expect(await heard.next() == .listening)
            try await notify(test, channel, "again")
            #expect(await heard.next() == .message(channel, "again"))
        }
    }

    @Test("A listener ends with its reader and with the database")
    func ends() async throws {
        try await TestDatabase.with { test in
            let channel = Channel("t_\(UUID().description.replacing("-", with: "_"))")!
            let reader = Task {
                for await _ in test.database.listen(to: [channel]) {}
            }
            try await eventually("it listens") { try await listeners(test, channel) == 1 }
            reader.cancel()
            try await eventually("it is gone") { try await listeners(test, channel) == 0 }
            let other = try TestDatabase.open(test.schema.url)
            let closed = Task {
                for await _ in other.listen(to: [channel]) {}
            }
            try await eventually("it listens") { try await listeners(test, channel) == 1 }
            other.close()
            await closed.value
            try await eventually("it is gone") { try await listeners(test, channel) == 0 }
        }
    }

    @Test("A server that freezes before it listens is left: by a cancelled reader at once, else at the deadline")
    func frozen() async throws {
        let asked = Locked(0)
        let left = Locked(0)
        let server = try ScriptedServer({ peer in
            let length = try peer.read(4).reduce(0) { $0 << 8 | Int($1) }
            try peer.read(length - 4)
            // Welcome, and ready for a statement.
            try peer.send([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])
            try peer.read(until: "LISTEN")
            asked.withLock { $0 += 1 }
            peer.waitForEnd()
            left.withLock { $0 += 1 }
        })
        defer { server.stop() }
        let url = "postgresql://user@127.0.0.1:\(server.port)/x?sslmode=disable&gssencmode=disable"
        let channel = Channel("some_channel")!
        let patient = try TestDatabase.open(url) { $0.connectTimeout = .seconds(60) }
        defer { patient.close() }
        let reader = Task { for await _ in patient.listen(to: [channel]) {} }
        try await eventually("it was asked to listen") { asked.withLock { $0 } == 1 }
        reader.cancel()
        try await eventually("it is left") { left.withLock { $0 } == 1 }
        let hasty = try TestDatabase.open(url) { $0.connectTimeout = .milliseconds(200) }
        defer { hasty.close() }
        let again = Task { for await _ in hasty.listen(to: [channel]) {} }
        try await eventually("it tries again") { asked.withLock { $0 } >= 3 && left.withLock { $0 } >= 2 }
        again.cancel()
        await again.value
        try await eventually("all are left") { asked.withLock { $0 } == left.withLock { $0 } }
    }

    @Test(
        "The name of a channel is plain", arguments: ["", "Big", "a-b", "a\"b", String(repeating: "a", count: 64), "ä"])
    func names(name: String) {
        #expect(Channel(name) == nil)
    }

    private func notify(_ test: TestDatabase, _ channel: Channel, _ payload: String) async throws {
        try await test.database.execute("SELECT pg_notify(\(channel.name), \(payload))")
    }

    private func listeners(_ test: TestDatabase, _ channel: Channel) async throws -> Int? {
        try await test.database.first(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' || \(channel.name) || '%'", as: Int.self)
    }
}
