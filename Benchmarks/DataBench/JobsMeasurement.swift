import Glibc
import JSON
import Jobs
import Loop
import Postgres

/// What is measured of the queue.
struct JobsMeasurement {
    let queue: JobQueue
    let database: Database

    static let workers = 4
    static let batch = 100
    static let kind = JobKind<Int, Int>("bench")

    private var request: JobRequest {
        get throws { try JobRequest(Self.kind, 1) }
    }

    /// Four workers, each of which puts a job in, takes one and completes it, one statement each.
    func single(seconds: Int) async throws {
        try await rate(seconds: seconds) { worker in
            try await queue.enqueue(try request)
            guard let job = try await queue.claim(1, from: "default", kinds: ["bench"], worker: worker).first else {
                return 0
            }
            try await queue.complete(job, result: "1")
            return 1
        }
    }

    /// The same a hundred at a time.
    func batches(seconds: Int) async throws {
        try await rate(seconds: seconds) { worker in
            let request = try request
            try await queue.enqueue(Array(repeating: request, count: Self.batch))
            let jobs = try await queue.claim(Self.batch, from: "default", kinds: ["bench"], worker: worker)
            return try await queue.complete(jobs.map { ($0, "1") }).count
        }
    }

    private func rate(seconds: Int, _ turn: @escaping @Sendable (String) async throws -> Int) async throws {
        let began = Deadline.now
        let end = began + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for number in 0..<Self.workers {
                tasks.addTask {
                    var count = 0
                    while Deadline.now < end { count += try await turn("w\(number)") }
                    return count
                }
            }
            return try await tasks.reduce(0, +)
        }
        let elapsed = Double(Deadline.now.nanoseconds - began.nanoseconds) / 1e9
        Self.say(["jobs": .number(count), "per_second": .number(Double(count) / elapsed)])
    }

    /// Claims of one job from a full queue, in milliseconds.
    func deepClaims(count: Int) async throws {
        var times: [Double] = []
        for _ in 0..<count {
            let began = Deadline.now
            let jobs = try await queue.claim(1, from: "default", kinds: ["bench"], worker: "deep")
            times.append(Double(Deadline.now.nanoseconds - began.nanoseconds) / 1e6)
            guard let job = jobs.first else { throw JobsBench.Wrong("the queue is empty") }
            try await queue.complete(job, result: "1")
        }
        Self.say(times)
    }

    /// From putting a job into an idle queue to its handler's first line, in milliseconds.
    func pickUp(count: Int, _ loops: EventLoopGroup) async throws {
        let started = Locked<Deadline?>(nil)
        let worker = Worker(
            queue, name: "pickup",
            handlers: [
                JobHandler(Self.kind) { _, number in
                    started.withLock { $0 = .now }
                    return number
                }
            ])
        let working = Task(executorPreference: loops.loops[0]) { await worker.run() }
        guard let loop = EventLoop.current else { return }
        var times: [Double] = []
        for _ in 0..<count {
            // Idle: the last job has ended and the worker has looked again. The pause is drawn, so as not to keep step
            // with its poll.
            try await loop.sleep(for: .milliseconds(Int.random(in: 50...250)))
            let began = Deadline.now
            try await queue.enqueue(try request)
            while started.withLock({ $0 }) == nil { try await loop.sleep(for: .microseconds(200)) }
            let at = started.withLock { started in
                defer { started = nil }
                return started ?? .now
            }
            times.append(Double(at.nanoseconds - began.nanoseconds) / 1e6)
        }
        worker.drain()
        await working.value
        Self.say(times)
    }

    /// A worker that takes jobs and never ends them, until it is killed.
    func hold(jobs: Int) async {
        var settings = WorkerSettings()
        settings.concurrency = jobs
        let worker = Worker(
            queue, name: "held", settings: settings,
            handlers: [
                JobHandler(Self.kind) { _, number in
                    try await EventLoop.current?.sleep(for: .seconds(3600))
                    return number
                }
            ])
        await worker.run()
    }

    /// Waits until every job runs for the second time or later, and says how long after `killed_at` (seconds of the
    /// epoch, from standard input) each began.
    func orphans(count: Int) async throws {
        guard let line = readLine(), let killed = Double(line) else { throw JobsBench.Wrong("when?") }
        var settings = WorkerSettings()
        settings.concurrency = 32
        settings.drainTimeout = .seconds(1)
        let began = Locked<[UUID: Timestamp]>([:])
        let worker = Worker(
            queue, name: "rescuer", settings: settings,
            handlers: [
                JobHandler(Self.kind) { context, number in
                    began.withLock { $0[context.job.id] = .now }
                    return number
                }
            ])
        guard let loop = EventLoop.current else { return }
        let working = Task(executorPreference: loop) { await worker.run() }
        let end = Deadline.after(.seconds(120))
        while began.withLock({ $0.count }) < count, Deadline.now < end { try await loop.sleep(for: .milliseconds(50)) }
        worker.drain()
        await working.value
        let times = began.withLock { Array($0.values) }
        guard times.count == count else { throw JobsBench.Wrong("only \(times.count) of \(count) were taken up") }
        Self.say(times.map { (Double($0.microseconds) / 1e6 - killed) * 1000 })
    }

    private static func say(_ times: [Double]) {
        let sorted = times.sorted()
        let at = { (share: Double) in sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
        say([
            "count": .number(sorted.count), "p50": .number(at(0.5)), "p99": .number(at(0.99)),
            "maximum": .number(sorted.last ?? 0),
        ])
    }

    private static func say(_ value: JSONValue) {
        let line = value.description + "\n"
        _ = line.withCString { write(1, $0, line.utf8.count) }
    }
}
