import Glibc
import Loop
import Postgres

/// Statements from many tasks of one loop: `data-bench postgres URL select|insert TASKS SECONDS ROWS [CONNECTIONS]`.
enum PostgresBench {
    struct Thing: Decodable, Sendable {
        var id: Int
        var name: String
        var size: Int
    }

    static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 5, let tasks = Int(arguments[2]), let seconds = Int(arguments[3]),
            let rows = Int(arguments[4])
        else { throw CommandFailed() }
        let loops = try EventLoopGroup(count: 1)
        var settings = DatabaseSettings(url: arguments[0], applicationName: "bench")
        settings.maximumConnections = arguments.count > 5 ? Int(arguments[5]) ?? 16 : 16
        let database = try Database(settings, loops: loops, blocking: BlockingPool())
        let work = arguments[1] == "select" ? select : insert
        // What is measured begins with connections and statements that are there, as pgbench's does.
        _ = try await burst(database, work, tasks, rows, on: loops.loops[0], until: .after(.milliseconds(500)))
        let began = Deadline.now
        let done = try await burst(database, work, tasks, rows, on: loops.loops[0], until: began + .seconds(seconds))
        let elapsed = Double(Deadline.now.duration(since: began).clampedNanoseconds) / 1e9
        print(#"{"per_second":\#(Double(done) / elapsed),"cpu_seconds":\#(cpuSeconds)}"#)
    }

    private static func burst(
        _ database: Database, _ work: @escaping @Sendable (Database, Int) async throws -> Void, _ tasks: Int,
        _ rows: Int, on loop: EventLoop, until end: Deadline
    ) async throws -> Int {
        try await loop.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<tasks {
                    group.addTask {
                        var random = SystemRandomNumberGenerator()
                        var done = 0
                        while loop.now < end {
                            try await work(database, Int.random(in: 1...rows, using: &random))
                            done += 1
                        }
                        return done
                    }
                }
                return try await group.reduce(0, +)
            }
        }
    }

    @Sendable
    private static func select(_ database: Database, _ id: Int) async throws {
        let thing = try await database.first("SELECT id, name, size FROM things WHERE id = \(id)", as: Thing.self)
        precondition(thing?.id == id)
    }

    @Sendable
    private static func insert(_ database: Database, _ id: Int) async throws {
        try await database.execute("INSERT INTO events (thing, name) VALUES (\(id), \("created"))")
    }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
