import Glibc
import JSON
import Jobs
import Loop
import Postgres

/// The queue by itself, as `Benchmarks/areas/data/jobs.py` asks: `data-bench jobs <part> <seconds or count>`, with the
/// database in `DATABASE_URL`. Each part prints one line of JSON.
enum JobsBench {
    static func run(_ arguments: [String]) async throws {
        guard let part = arguments.first else { throw Wrong("usage: data-bench jobs migrate|single|batch|…") }
        let number = arguments.dropFirst().first.flatMap { Int($0) } ?? 5
        let loops = try EventLoopGroup(count: 1)
        try await loops.loops[0].run { try await measure(part, number, loops) }
    }

    struct Wrong: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    private static func measure(_ part: String, _ number: Int, _ loops: EventLoopGroup) async throws {
        guard let url = getenv("DATABASE_URL").map({ String(cString: $0) }) else { throw Wrong("DATABASE_URL?") }
        var connection = DatabaseSettings(url: url, applicationName: "jobs-bench")
        connection.maximumConnections = 8
        let database = try Database(connection, loops: loops, blocking: BlockingPool(maximumThreads: 4))
        defer { database.close() }
        let queue = JobQueue(database, loops: loops)
        defer { queue.close() }
        let bench = JobsMeasurement(queue: queue, database: database)
        switch part {
        case "migrate": try await database.migrate([JobSchema.migrations])
        case "single": try await bench.single(seconds: number)
        case "batch": try await bench.batches(seconds: number)
        case "deep": try await bench.deepClaims(count: number)
        case "pickup": try await bench.pickUp(count: number, loops)
        case "worker": await bench.hold(jobs: number)
        case "orphans": try await bench.orphans(count: number)
        default: throw Wrong("there is no part \(part)")
        }
    }
}
