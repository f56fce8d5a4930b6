import Glibc
import JSON
import Loop
import Postgres
import TestKit
import Testing

@testable import Jobs

/// Workers that are killed, frozen and restarted, and a database that crashes: nothing is lost, nothing happens twice.
@Suite(
    "A campaign against workers", .enabled(if: ThrowAwayPostgres.programs != nil, "needs PostgreSQL's server programs"),
    .serialized)
struct CampaignTests {
    struct Work: Codable, Sendable { var milliseconds: Int }

    static let jobs = getenv("PENTAD_CAMPAIGN_JOBS").flatMap { Int(String(cString: $0)) } ?? 2000
    static let workers = 4
    static let lease = 2000

    private static let fixture = BuiltPrograms.path("job-worker-fixture")

    /// The worker processes, each with its place; a killed one is started again under another name.
    private final class Crew: Sendable {
        private let url: String
        private let members: Locked<[TestProcess]>
        private let started = Locked(0)

        init(_ url: String) throws {
            self.url = url
            members = Locked([])
            for _ in 0..<CampaignTests.workers {
                let member = try start()
                members.withLock { $0.append(member) }
            }
        }

        private func start() throws -> TestProcess {
            let number = started.withLock { number in
                number += 1
                return number
            }
            return try TestProcess(
                CampaignTests.fixture,
                environment: [
                    "DATABASE_URL": url, "WORKER_NAME": "worker-\(number)", "LEASE_MS": "\(CampaignTests.lease)",
                ])
        }

        func kill(_ place: Int) throws {
            // Letting go of a process kills it.
            let next = try start()
            members.withLock { $0[place] = next }
        }

        func signal(_ place: Int, _ signal: Int32) {
            members.withLock { $0[place] }.signal(signal)
        }

        func end() async throws {
            let all = members.withLock { members in
                defer { members = [] }
                return members
            }
            for member in all { member.signal(SIGTERM) }
            for member in all { _ = try await member.finish(within: 20) }
        }
    }

    @Test("every job completes, no two attempts overlap in effect, every callback arrives, nothing is lost")
    func campaign() async throws {
        // With its usual settings: what it acknowledged is on the disk.
        let server = try await ThrowAwayPostgres.start([])
        try await CallbackReceiver.with { receiver in
            try await run(server, receiver)
        }
        try await server.stop(.kill)
    }

    private func run(_ server: ThrowAwayPostgres, _ receiver: CallbackReceiver) async throws {
        let database = try Database(
            DatabaseSettings(url: server.url), loops: TestService.loops, blocking: TestQueue.blocking)
        defer { database.close() }
        try await database.migrate([JobSchema.migrations])
        try await database.execute(
            """
            CREATE TABLE audit (
                number bigint GENERATED ALWAYS AS IDENTITY, job_id uuid, attempt integer, step integer, worker text,
                at timestamptz)
            """)
        let queue = JobQueue(database, loops: TestService.loops)
        defer { queue.close() }
        let ids = try await queue.enqueue(
            (0..<Self.jobs).map { number in
                var request = try JobRequest(
                    JobKind<Work, Work>("effect"), Work(milliseconds: Int.random(in: 40...220)))
                request.maximumAttempts = 100
                request.callbackURL = receiver.url("/\(number)")
                return request
            })
        let crew = try Crew(server.url)
        let chaos = Task(executorPreference: TestService.loops.nextLoop()) {
            try await disturb(crew, server)
        }
        let loop = TestService.loops.nextLoop()
        let deadline = Deadline.after(.seconds(120))
        var left = Self.jobs
        while left > 0, Deadline.now < deadline {
            try await loop.sleep(for: .milliseconds(300))
            // The database may be away.
            left =
                (try? await database.first("SELECT count(*) FROM jobs WHERE state <> 'completed'", as: Int.self))
                ?? left
        }
        chaos.cancel()
        let (kills, freezes, crashes) = try await chaos.value
        #expect(left == 0, "jobs that are not completed")
        #expect(kills >= 3 && freezes >= 3 && crashes == 1, "\(kills) kills, \(freezes) freezes, \(crashes) crashes")
        try await eventually(within: 120, "every callback is delivered") {
            try await database.first(
                "SELECT count(*) FROM job_outbox WHERE delivered_at IS NULL", as: Int.self) == 0
        }
        try await crew.end()
        try await judge(database, ids, receiver)
    }

    /// Until cancelled: a worker every now and then killed, or frozen for longer than its lease; the server once.
    private func disturb(
        _ crew: Crew, _ server: ThrowAwayPostgres
    ) async throws -> (kills: Int, freezes: Int, crashes: Int) {
        var (kills, freezes, crashes) = (0, 0, 0)
        let loop = TestService.loops.nextLoop()
        while true {
            try? await loop.sleep(for: .milliseconds(Int.random(in: 200...600)))
            if Task.isCancelled { return (kills, freezes, crashes) }
            let place = Int.random(in: 0..<Self.workers)
            if crashes == 0, kills >= 2, freezes >= 1 {
                crashes += 1
                try await server.stop(.kill)
                try await server.start()
            } else if kills <= freezes {
                kills += 1
                try crew.kill(place)
            } else {
                freezes += 1
                crew.signal(place, SIGSTOP)
                try? await loop.sleep(for: .milliseconds(Self.lease + Int.random(in: 200...1000)))
                crew.signal(place, SIGCONT)
            }
        }
    }

    private func judge(_ database: Database, _ ids: [UUID], _ receiver: CallbackReceiver) async throws {
        let known = try await database.rows("SELECT id FROM jobs WHERE state = 'completed'", as: UUID.self)
        #expect(Set(known) == Set(ids))
        let overlaps = try await database.first(
            """
            SELECT count(*) FROM audit AS earlier
            JOIN audit AS later USING (job_id)
            WHERE earlier.attempt < later.attempt AND earlier.number > later.number
            """, as: Int.self)
        #expect(overlaps == 0, "an effect of an attempt came after one of the next attempt")
        let twice = try await database.first(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM audit GROUP BY job_id, attempt, step HAVING count(*) > 1
                UNION ALL SELECT 1 FROM audit GROUP BY job_id, attempt HAVING count(DISTINCT worker) > 1
            ) AS wrong
            """, as: Int.self)
        #expect(twice == 0, "an attempt had an effect twice, or by two workers")
        let unfinished = try await database.first(
            """
            SELECT count(*) FROM jobs WHERE NOT EXISTS (
                SELECT FROM audit WHERE job_id = id AND step = 2 AND audit.attempt = jobs.attempt)
            """, as: Int.self)
        #expect(unfinished == 0, "the attempt that completed a job is the one whose last effect stands")
        let gaps = try await database.first(
            """
            SELECT count(*) FROM jobs WHERE last_event <> 3 + (SELECT count(*) FROM job_events WHERE job_id = id)
            """, as: Int.self)
        #expect(gaps == 0, "every number has its event: the first, the start and the end are told from the row")
        let called = Set(receiver.deliveries.compactMap { try? JSONValue.parse($0.body)["data"]?["job_id"]?.string })
        #expect(called == Set(ids.map { "\($0)" }))
        let retried = try await database.first("SELECT count(*) FROM jobs WHERE attempt > 1", as: Int.self)
        #expect((retried ?? 0) > 0, "the disturbance disturbed nobody")
    }
}
