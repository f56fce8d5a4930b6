import Glibc
import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Jobs

/// The database goes away in the middle of jobs, and comes back.
@Suite(
    "A database that is away", .enabled(if: ThrowAwayPostgres.programs != nil, "needs PostgreSQL's server programs"),
    .serialized)
struct OutageTests {
    private func with(
        _ change: (inout JobSettings) -> Void, body: (ThrowAwayPostgres, JobQueue) async throws -> Void
    ) async throws {
        let server = try await ThrowAwayPostgres.start()
        let database = try Database(
            DatabaseSettings(url: server.url), loops: TestService.loops, blocking: TestQueue.blocking)
        defer { database.close() }
        try await database.migrate([JobSchema.migrations])
        var settings = JobSettings()
        settings.reportInterval = .milliseconds(20)
        settings.pollInterval = .milliseconds(200)
        change(&settings)
        let queue = JobQueue(database, loops: TestService.loops, settings: settings)
        defer { queue.close() }
        try await body(server, queue)
        queue.close()
        database.close()
        try await server.stop(.kill)
    }

    private func working(_ workers: [Worker], body: () async throws -> Void) async throws {
        let tasks = workers.map { worker in
            Task(executorPreference: TestService.loops.nextLoop()) { await worker.run() }
        }
        do {
            try await body()
        } catch {
            for task in tasks { task.cancel() }
            throw error
        }
        for worker in workers { worker.drain() }
        for task in tasks { await task.value }
    }

    @Test("costs a job nothing of what it said meanwhile, and nothing is said twice")
    func reports() async throws {
        let kind = JobKind<Int, Int>("talking")
        try await with {
            $0.lease = .seconds(60)
        } body: { server, queue in
            let step = Locked(0)
            let handler = JobHandler(kind) { context, number in
                let loop = try #require(EventLoop.current)
                func wait(_ value: Int) async throws {
                    while step.withLock({ $0 }) < value { try await loop.sleep(for: .milliseconds(5)) }
                }
                context.stage("before")
                context.log("before")
                try await wait(1)
                for n in 0..<50 {
                    context.log("during \(n)")
                    try await loop.sleep(for: .milliseconds(10))
                }
                context.stage("away")
                context.progress(0.5)
                step.withLock { $0 = 2 }
                try await wait(3)
                context.log("after")
                return number
            }
            try await working([Worker(queue, name: "talker", handlers: [handler])]) {
                let id = try await queue.enqueue(JobRequest(kind, 1)).id
                try await eventually("it talks") { try await queue.log(of: id, after: 0).lines == ["before"] }
                try await server.stop(.kill)
                step.withLock { $0 = 1 }
                try await eventually("it has said everything") { step.withLock { $0 } == 2 }
                try await server.start()
                step.withLock { $0 = 3 }
                try await eventually(within: 20, "it is done") {
                    (try? await queue.job(id))??.state == .completed
                }
                let lines = try await queue.log(of: id, after: 0).lines
                #expect(lines == ["before"] + (0..<50).map { "during \($0)" } + ["after"])
                let events = try await queue.events(of: id, after: 0)
                #expect(events.map(\.seq) == Array(1...events.count))
                #expect(events.compactMap { $0.data?["stage"]?.string } == ["before", "away"])
                #expect(events.contains { $0.data?["progress"]?.double == 0.5 })
                #expect(try await queue.job(id)?.attempt == 1)
            }
        }
    }

    @Test("does not hold a worker that drains longer than the drain may take")
    func drain() async throws {
        let kind = JobKind<Int, Int>("held")
        try await with { _ in
        } body: { server, queue in
            let handler = JobHandler(kind) { context, number in
                context.log("begun")
                while !context.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
                context.log("told to stop")
                return number
            }
            var settings = WorkerSettings()
            settings.drainTimeout = .milliseconds(500)
            let worker = Worker(queue, name: "draining", settings: settings, handlers: [handler])
            let task = Task(executorPreference: TestService.loops.nextLoop()) { await worker.run() }
            let id = try await queue.enqueue(JobRequest(kind, 1)).id
            try await eventually("it runs") { try await queue.log(of: id, after: 0).lines == ["begun"] }
            try await server.stop(.kill)
            let began = Deadline.now
            worker.drain()
            await task.value
            #expect(Deadline.now.duration(since: began) < .seconds(10))
            try await server.start()
        }
    }

    @Test("for two leases loses no job, and no two attempts of one overlap in effect")
    func twoLeases() async throws {
        let kind = JobKind<Int, Int>(
            "effect", retry: RetryPolicy(attempts: 50, base: .milliseconds(50), cap: .milliseconds(500)))
        let lease = Duration.milliseconds(1500)
        try await with {
            $0.lease = lease
            $0.heartbeat = lease / 4
            $0.sweepInterval = lease / 4
        } body: { server, queue in
            try await queue.database.execute(
                """
                CREATE TABLE audit (
                    number bigint GENERATED ALWAYS AS IDENTITY, job_id uuid, attempt integer, step integer)
                """)
            // Some are in the middle of their effects when it goes, some only compute until it is back.
            let handler = JobHandler(kind) { context, milliseconds in
                let (id, attempt) = (context.job.id, context.job.attempt)
                for step in 1...3 {
                    try await context.transaction { transaction in
                        _ = try await transaction.execute(
                            """
                            INSERT INTO audit (job_id, attempt, step)
                            VALUES (\(id), \(attempt)::integer, \(step)::integer)
                            """)
                    }
                    context.log("\(attempt).\(step)")
                    if step < 3 { try await EventLoop.current?.sleep(for: .milliseconds(milliseconds)) }
                }
                return attempt
            }
            var settings = WorkerSettings()
            settings.concurrency = 10
            let workers = (0..<2).map { Worker(queue, name: "worker-\($0)", settings: settings, handlers: [handler]) }
            try await working(workers) {
                let ids = try await queue.enqueue(
                    (0..<30).map { try JobRequest(kind, $0 % 3 == 0 ? 4000 : 50 * ($0 % 10)) })
                try await eventually("they run") {
                    (try await queue.database.first("SELECT count(*) FROM audit", as: Int.self) ?? 0) >= 25
                }
                try await server.stop(.kill)
                try await TestService.loops.nextLoop().sleep(for: lease * 2)
                try await server.start()
                try await eventually(within: 60, "all are done") {
                    (try? await queue.jobs(of: .everybody, states: [.completed], pageSize: 100).total) == ids.count
                }
                try await judge(queue.database)
                // Which of them go on depends on who is first when it is back: their worker's sign of life or the sweep.
                let retried = try await queue.database.first(
                    "SELECT count(*) FROM jobs WHERE attempt > 1", as: Int.self)
                #expect((retried ?? 0) > 0, "the outage disturbed nobody")
            }
        }
    }

    private func judge(_ database: Database) async throws {
        let overlaps = try await database.first(
            """
            SELECT count(*) FROM audit AS earlier
            JOIN audit AS later USING (job_id)
            WHERE earlier.attempt < later.attempt AND earlier.number > later.number
            """, as: Int.self)
        #expect(overlaps == 0, "an effect of an attempt came after one of the next attempt")
        let unfinished = try await database.first(
            """
            SELECT count(*) FROM jobs WHERE 3 <> (
                SELECT count(*) FROM audit WHERE job_id = id AND audit.attempt = jobs.attempt)
            """, as: Int.self)
        #expect(unfinished == 0, "the attempt that completed a job has each of its effects once")
        let gaps = try await database.first(
            """
            SELECT count(*) FROM jobs WHERE last_event <> 3 + (SELECT count(*) FROM job_events WHERE job_id = id)
            """, as: Int.self)
        #expect(gaps == 0, "every number has its event: the first, the start and the end are told from the row")
    }
}
