import Glibc
import HTTP
import JSON
import Jobs
import Loop
import Postgres

/// A worker process for the tests of what happens when workers die: it does jobs whose effects are rows, and sends their
/// callbacks, until it is told to end.
enum Fixture {
    struct Work: Codable, Sendable {
        var milliseconds: Int
    }

    struct Done: Codable, Sendable {
        var attempt: Int
    }

    static let kind = JobKind<Work, Done>(
        "effect", retry: RetryPolicy(attempts: 100, base: .milliseconds(50), cap: .seconds(1)))

    /// Not `async`, as in `ServiceMain`: the main thread of an asynchronous one waits with every signal unblocked.
    static func main() -> Never {
        Signals.block([SIGTERM])
        Signals.ignoreBrokenPipes()
        Task { await run() }
        while true { pause() }
    }

    private static func run() async {
        let name = setting("WORKER_NAME") ?? "worker"
        guard let url = setting("DATABASE_URL"), let loops = try? EventLoopGroup(count: 1) else { exit(2) }
        var connection = DatabaseSettings(url: url, applicationName: name)
        connection.maximumConnections = 6
        guard let database = try? Database(connection, loops: loops, blocking: BlockingPool(maximumThreads: 2)) else {
            exit(2)
        }
        var settings = JobSettings()
        settings.lease = .milliseconds(Int(setting("LEASE_MS") ?? "") ?? 2000)
        settings.heartbeat = settings.lease / 4
        settings.sweepInterval = settings.lease / 4
        settings.pollInterval = .milliseconds(200)
        let queue = JobQueue(database, loops: loops, settings: settings)
        var working = WorkerSettings()
        working.concurrency = 8
        working.drainTimeout = .seconds(2)
        let worker = Worker(queue, name: name, settings: working, handlers: [handler(name)])
        var sending = CallbackSettings()
        sending.allowedNetworks = IPNetwork("127.0.0.0/8").map { [$0] } ?? []
        sending.timeout = .seconds(2)
        sending.retry = RetryPolicy(attempts: .max, base: .milliseconds(100), cap: .seconds(1))
        let sender = CallbackSender(
            queue, settings: sending,
            signer: CallbackSigner { id, time, _ in ["webhook-id": id, "webhook-timestamp": "\(time)"] })
        let signals = Task(executorPreference: loops.nextLoop()) {
            for await _ in Signals.stream([SIGTERM], on: loops.nextLoop()) {
                worker.drain()
                sender.drain()
                return
            }
        }
        _ = write(1, "ready\n", 6)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask(executorPreference: loops.nextLoop()) { await worker.run() }
            tasks.addTask(executorPreference: loops.nextLoop()) { await sender.run() }
        }
        signals.cancel()
        exit(0)
    }

    /// Two effects with work in between, as a job with several steps has.
    private static func handler(_ name: String) -> JobHandler {
        JobHandler(kind) { context, work in
            let job = context.job
            let effect: @Sendable (Int) async throws -> Void = { step in
                try await context.transaction { transaction in
                    _ = try await transaction.execute(
                        """
                        INSERT INTO audit (job_id, attempt, step, worker, at)
                        VALUES (\(job.id), \(job.attempt)::integer, \(step)::integer, \(name), clock_timestamp())
                        """)
                }
            }
            try await effect(1)
            context.stage("working")
            for part in 1...4 {
                try await EventLoop.current?.sleep(for: .milliseconds(work.milliseconds / 4))
                context.progress(Double(part) / 4)
            }
            try await effect(2)
            return Done(attempt: job.attempt)
        }
    }

    private static func setting(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
