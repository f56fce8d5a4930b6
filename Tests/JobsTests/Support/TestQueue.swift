import Glibc
import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Jobs

/// A queue in a schema of its own, and what tests do with it.
struct TestQueue {
    let queue: JobQueue
    let schema: ThrowAwaySchema
    let log: MemorySink
    let metrics: Metrics
    var database: Database { queue.database }

    static var isAvailable: Bool { getenv("PENTAD_TEST_DATABASE_URL") != nil }

    static let blocking = BlockingPool(maximumThreads: 8)
    private static let template = SchemaTemplate([JobSchema.migrations])

    /// Leases and pauses of a test are short.
    static func with<Result>(
        _ change: (inout JobSettings) -> Void = { _ in }, body: (TestQueue) async throws -> Result
    ) async throws -> Result {
        let schema = try #require(try await ThrowAwaySchema.make(from: template))
        var settings = JobSettings()
        settings.lease = .seconds(2)
        settings.heartbeat = .milliseconds(500)
        settings.sweepInterval = .milliseconds(500)
        settings.pollInterval = .milliseconds(200)
        settings.reportInterval = .milliseconds(20)
        change(&settings)
        var connection = DatabaseSettings(url: schema.url, applicationName: "jobs-tests")
        connection.maximumConnections = 8
        do {
            let database = try Database(connection, loops: TestService.loops, blocking: blocking)
            defer { database.close() }
            let log = MemorySink()
            let metrics = Metrics()
            let queue = JobQueue(
                database, loops: TestService.loops, settings: settings, logger: Logger(sink: log, level: .debug),
                metrics: metrics)
            defer { queue.close() }
            let result = try await body(TestQueue(queue: queue, schema: schema, log: log, metrics: metrics))
            queue.close()
            database.close()
            await schema.drop()
            return result
        } catch {
            await schema.drop()
            throw error
        }
    }

    func job(_ id: UUID) async throws -> Job { try #require(try await queue.job(id)) }

    func claimOne(kinds: [String] = ["test"], queue name: String = "default") async throws -> ClaimedJob? {
        try await queue.claim(1, from: name, kinds: kinds, worker: "tester").first
    }

    /// Lets a lease run out at once.
    func expire(_ id: UUID) async throws {
        try await database.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = \(id)")
    }

    func eventTypes(_ id: UUID) async throws -> [JobEvent.Kind] {
        try await queue.events(of: id, after: 0).map(\.type)
    }

    /// Runs workers on loops while `body` runs, then drains them.
    func withWorkers(
        _ handlers: [JobHandler], count: Int = 1, concurrency: Int = 1, drainTimeout: Duration = .seconds(5),
        body: ([Worker]) async throws -> Void
    ) async throws {
        var settings = WorkerSettings()
        settings.concurrency = concurrency
        settings.drainTimeout = drainTimeout
        settings.stopWarning = .milliseconds(100)
        let workers = (0..<count).map { Worker(queue, name: "worker-\($0)", settings: settings, handlers: handlers) }
        let tasks = workers.map { worker in
            Task(executorPreference: TestService.loops.nextLoop()) { await worker.run() }
        }
        do {
            try await body(workers)
        } catch {
            for worker in workers { worker.drain() }
            for task in tasks { await task.value }
            throw error
        }
        for worker in workers { worker.drain() }
        for task in tasks { await task.value }
    }
}

extension JobRequest {
    static func test(_ payload: String = "{}", attempts: Int = 5) -> JobRequest {
        JobRequest(kind: "test", payload: payload, maximumAttempts: attempts)
    }
}
