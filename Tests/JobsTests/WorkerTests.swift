import Engines
import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Jobs

@Suite("A worker", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct WorkerTests {
    struct Number: Codable, Sendable, Equatable { var n: Int }

    static let double = JobKind<Number, Number>(
        "double", retry: RetryPolicy(attempts: 3, base: .milliseconds(20), cap: .milliseconds(50)))

    func request(_ n: Int) throws -> JobRequest { try JobRequest(Self.double, Number(n: n)) }

    @Test("does jobs of several kinds and writes their results")
    func works() async throws {
        let greet = JobKind<String, String>("greet")
        try await TestQueue.with { test in
            let handlers = [
                JobHandler(Self.double) { _, number in Number(n: number.n * 2) },
                JobHandler(greet) { _, name in "hello \(name)" },
            ]
            try await test.withWorkers(handlers, count: 2, concurrency: 2) { _ in
                let ids = try await test.queue.enqueue((0..<40).map { try request($0) })
                let greeting = try await test.queue.enqueue(JobRequest(greet, "you")).id
                try await eventually("all are done") {
                    try await test.queue.jobs(of: .everybody, states: [.completed]).total == 41
                }
                for (n, id) in ids.enumerated() {
                    #expect(try await test.queue.result(of: id) == #"{"n":\#(2 * n)}"#)
                }
                #expect(try await test.queue.result(of: greeting) == #""hello you""#)
                let job = try await test.job(greeting)
                #expect(job.progress == 1 && job.attempt == 1 && job.startedAt != nil && job.finishedAt != nil)
            }
        }
    }

    @Test("is woken by a new job rather than by its poll")
    func wakeUp() async throws {
        try await TestQueue.with {
            $0.pollInterval = .seconds(30)
        } body: { test in
            try await test.withWorkers([JobHandler(Self.double) { _, number in number }]) { _ in
                for n in 0..<3 {
                    try await eventually("the worker waits") {
                        try await test.database.first("SELECT count(*) FROM job_sleepers", as: Int.self) == 1
                    }
                    let id = try await test.queue.enqueue(try request(n)).id
                    try await eventually(within: 5, "it is done") { try await test.job(id).state == .completed }
                }
            }
            #expect(try await test.database.first("SELECT count(*) FROM job_sleepers", as: Int.self) == 0)
        }
    }

    @Test("tries again what failed, and gives up after the last attempt")
    func retries() async throws {
        let seen = Locked<[Int]>([])
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { context, number in
                seen.withLock { $0.append(context.job.attempt) }
                if context.job.attempt < number.n {
                    throw JobFailure.retryable(code: "not_yet", message: "try again", after: .zero)
                }
                return number
            }
            try await test.withWorkers([handler]) { _ in
                let good = try await test.queue.enqueue(try request(3)).id
                try await eventually("it is done") { try await test.job(good).state == .completed }
                #expect(seen.withLock { $0 } == [1, 2, 3])
                let bad = try await test.queue.enqueue(try request(4)).id
                try await eventually("it has failed") { try await test.job(bad).state == .failed }
                let job = try await test.job(bad)
                #expect(job.attempt == 3 && job.error?.code == "not_yet")
            }
        }
    }

    @Test("does not try again what can never succeed, and tells nobody of unexpected errors")
    func failures() async throws {
        struct Secret: Error { let path = "/etc/secret" }
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { _, number in
                if number.n == 0 { throw JobFailure.permanent(code: "bad_film", message: "no picture in it") }
                throw Secret()
            }
            try await test.withWorkers([handler]) { _ in
                let ids = [
                    try await test.queue.enqueue(try request(0)).id, try await test.queue.enqueue(try request(1)).id,
                    try await test.queue.enqueue(JobRequest(kind: "double", payload: #"{"m":1}"#)).id,
                ]
                try await eventually("all have failed") {
                    try await test.queue.jobs(of: .everybody, states: [.failed]).total == 3
                }
                let jobs = [try await test.job(ids[0]), try await test.job(ids[1]), try await test.job(ids[2])]
                #expect(jobs.map(\.attempt) == [1, 3, 1])
                #expect(jobs.map { $0.error?.code } == ["bad_film", "unexpected_error", "invalid_payload"])
                #expect(jobs[1].error?.message.contains("secret") == false)
            }
        }
    }

    @Test("stops a running job soon after it is cancelled")
    func cancel() async throws {
        try await TestQueue.with {
            $0.heartbeat = .seconds(20)
            $0.lease = .seconds(60)
        } body: { test in
            let isStopped = Locked(false)
            let handler = JobHandler(Self.double) { context, number in
                do {
                    try await EventLoop.current?.sleep(for: .seconds(60))
                } catch {
                    isStopped.withLock { $0 = context.isCancelled }
                    throw error
                }
                return number
            }
            try await test.withWorkers([handler]) { _ in
                let id = try await test.queue.enqueue(try request(1)).id
                try await eventually("it runs") { try await test.job(id).state == .running }
                let began = Deadline.now
                try await test.queue.cancel(id)
                try await eventually(within: 5, "it is cancelled") { try await test.job(id).state == .cancelled }
                #expect(Deadline.now.duration(since: began) < .seconds(5))
                #expect(isStopped.withLock { $0 })
            }
        }
    }

    @Test("stops a cancelled job in time although nobody told it")
    func cancelUnheard() async throws {
        try await TestQueue.with {
            $0.heartbeat = .seconds(20)
            $0.lease = .seconds(60)
            $0.pollInterval = .seconds(30)
        } body: { test in
            let handler = JobHandler(Self.double) { _, number in
                try await EventLoop.current?.sleep(for: .seconds(60))
                return number
            }
            try await test.withWorkers([handler]) { _ in
                let id = try await test.queue.enqueue(try request(1)).id
                try await eventually("it runs") { try await test.job(id).state == .running }
                let began = Deadline.now
                try await test.database.execute("UPDATE jobs SET cancel_requested_at = now() WHERE id = \(id)")
                try await eventually(within: 5, "it is cancelled") { try await test.job(id).state == .cancelled }
                // An engine may take four of the five seconds.
                #expect(Deadline.now.duration(since: began) < .seconds(2))
            }
        }
    }

    @Test("stops a job at its time limit")
    func timeLimit() async throws {
        let slow = JobKind<Number, Number>("slow", timeLimit: .milliseconds(100))
        try await TestQueue.with { test in
            let handler = JobHandler(slow) { context, number in
                #expect(context.deadline != nil)
                try await EventLoop.current?.sleep(for: .seconds(60))
                return number
            }
            try await test.withWorkers([handler]) { _ in
                let id = try await test.queue.enqueue(try JobRequest(slow, Number(n: 1))).id
                try await eventually("it has failed") { try await test.job(id).state == .failed }
                #expect(try await test.job(id).error?.code == "time_limit")
            }
        }
    }

    @Test("stops a job that it no longer holds, and writes nothing for it")
    func lost() async throws {
        try await TestQueue.with {
            $0.heartbeat = .milliseconds(50)
        } body: { test in
            let stopped = Locked<[Int]>([])
            let handler = JobHandler(Self.double) { context, number in
                if context.job.attempt > 1 { return number }
                do {
                    try await EventLoop.current?.sleep(for: .seconds(60))
                } catch {
                    stopped.withLock { $0.append(context.job.attempt) }
                }
                return Number(n: -1)
            }
            try await test.withWorkers([handler], count: 2) { _ in
                let id = try await test.queue.enqueue(try request(7)).id
                try await eventually("it runs") { try await test.job(id).state == .running }
                try await test.database.execute(
                    "UPDATE jobs SET lease_token = gen_random_uuid(), lease_until = now() - interval '1 s'")
                try await eventually("another attempt has done it") { try await test.job(id).state == .completed }
                try await eventually("the first was stopped") { stopped.withLock { $0 } == [1] }
                #expect(try await test.queue.result(of: id) == #"{"n":7}"#)
                #expect(try await test.job(id).attempt == 2)
            }
        }
    }

    @Test("keeps a job that takes many leases long")
    func longJob() async throws {
        try await TestQueue.with {
            $0.lease = .milliseconds(600)
            $0.heartbeat = .milliseconds(100)
            $0.sweepInterval = .milliseconds(100)
        } body: { test in
            let handler = JobHandler(Self.double) { context, number in
                try await EventLoop.current?.sleep(for: .milliseconds(2000))
                return number
            }
            try await test.withWorkers([handler], count: 2) { _ in
                let id = try await test.queue.enqueue(try request(1)).id
                try await eventually("it is done") { try await test.job(id).state == .completed }
                #expect(try await test.job(id).attempt == 1)
            }
        }
    }

    @Test("told to end, finishes what it has and takes nothing more")
    func drain() async throws {
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { _, number in
                try await EventLoop.current?.sleep(for: .milliseconds(300))
                return number
            }
            let ids = try await test.queue.enqueue([try request(1), try request(2)])
            try await test.withWorkers([handler]) { workers in
                try await eventually("it runs") { workers[0].running == 1 }
                workers[0].drain()
            }
            #expect(try await test.job(ids[0]).state == .completed)
            #expect(try await test.job(ids[1]).state == .queued)
        }
    }

    @Test("gives back what is not done by the drain's end, for another to take at once")
    func handOver() async throws {
        try await TestQueue.with {
            $0.lease = .seconds(60)
        } body: { test in
            let handler = JobHandler(Self.double) { context, number in
                if context.job.attempt == 1 { try await EventLoop.current?.sleep(for: .seconds(60)) }
                return number
            }
            let id = try await test.queue.enqueue(try request(1)).id
            try await test.withWorkers([handler], drainTimeout: .milliseconds(50)) { workers in
                try await eventually("it runs") { workers[0].running == 1 }
            }
            let job = try await test.job(id)
            #expect(job.state == .queued && job.attempt == 1)
            let claimed = try #require(try await test.claimOne(kinds: ["double"]))
            #expect(claimed.attempt == 2 && claimed.failures == 0)
        }
    }

    @Test("asked for one job, does one and ends; without one it ends at once")
    func once() async throws {
        try await TestQueue.with { test in
            let worker = Worker(test.queue, name: "once", handlers: [JobHandler(Self.double) { _, number in number }])
            #expect(await worker.runOnce() == false)
            try await test.queue.enqueue([try request(1), try request(2)])
            #expect(await worker.runOnce())
            #expect(try await test.queue.jobs(of: .everybody, states: [.completed]).total == 1)
            #expect(try await test.queue.depths() == ["default": 1])
        }
    }

    @Test("of no slots leaves jobs to others, and ends when it is drained")
    func noSlots() async throws {
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { _, number in number }
            let id = try await test.queue.enqueue(try request(1)).id
            try await test.withWorkers([handler], concurrency: 0) { _ in
                try await test.withWorkers([handler], concurrency: 1) { _ in
                    try await eventually("another does it") { try await test.job(id).state == .completed }
                }
                let orphan = try await test.queue.enqueue(try request(2)).id
                _ = try await test.claimOne(kinds: ["double"])
                try await test.expire(orphan)
                try await eventually("it notices that a worker vanished") {
                    try await test.job(orphan).state == .queued
                }
                #expect(try await test.job(orphan).attempt == 1)
            }
        }
    }

    @Test("whose task is cancelled ends at once, and its handler with it, as if it had been killed")
    func taskCancelled() async throws {
        try await TestQueue.with { test in
            let isStopped = Locked(false)
            let handler = JobHandler(Self.double) { _, number in
                do {
                    try await EventLoop.current?.sleep(for: .seconds(60))
                } catch {
                    isStopped.withLock { $0 = true }
                    throw error
                }
                return number
            }
            let worker = Worker(test.queue, name: "cancelled", handlers: [handler])
            let running = Task(executorPreference: TestService.loops.nextLoop()) { await worker.run() }
            let id = try await test.queue.enqueue(try request(1)).id
            try await eventually("it runs") { worker.running == 1 }
            let began = Deadline.now
            running.cancel()
            await running.value
            #expect(Deadline.now.duration(since: began) < .seconds(5))
            #expect(isStopped.withLock { $0 })
            #expect(try await test.job(id).state == .running, "the lease is left to run out")
        }
    }

    @Test("goes on when the database refuses the end of a job, which comes to a simpler end")
    func refusedEnd() async throws {
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { _, number in
                if number.n == 0 {
                    throw JobFailure.retryable(code: "later", message: "later", after: .seconds(Int64.max / 4))
                }
                return number
            }
            try await test.withWorkers([handler]) { _ in
                let id = try await test.queue.enqueue(try request(0)).id
                let next = try await test.queue.enqueue(try request(1)).id
                try await eventually("it is queued again") { try await test.job(id).error?.code == "result_refused" }
                #expect(try await test.job(id).state == .queued)
                try await eventually("the next is done") { try await test.job(next).state == .completed }
            }
        }
    }

    @Test("fails a job whose result is larger than may be kept, and says so")
    func largeResult() async throws {
        let text = JobKind<Int, String>("text")
        try await TestQueue.with {
            $0.resultBytes = 100
        } body: { test in
            let handler = JobHandler(text) { _, count in String(repeating: "x", count: count) }
            try await test.withWorkers([handler]) { _ in
                let fitting = try await test.queue.enqueue(JobRequest(text, 98)).id
                let long = try await test.queue.enqueue(JobRequest(text, 99)).id
                try await eventually("both have ended") {
                    let states = [try await test.job(fitting).state, try await test.job(long).state]
                    return states == [.completed, .failed]
                }
                let job = try await test.job(long)
                #expect(job.attempt == 1 && job.error?.code == "result_too_large")
                #expect(job.error?.message == "the job's result has 101 bytes; it may have 100")
            }
            try await test.queue.enqueue(.test())
            let job = try #require(try await test.claimOne())
            await #expect(throws: JobError.self) {
                try await test.queue.complete(job, result: String(repeating: "1", count: 101))
            }
        }
    }

    @Test("tells why an engine failed, in a code and without what it wrote")
    func engineFailures() async throws {
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { _, number -> Number in
                if number.n == 0 { throw EngineError.cpuTimeExceeded(tail: "at /secret/path") }
                throw EngineError.exited(code: 3, tail: "at /secret/path")
            }
            try await test.withWorkers([handler]) { _ in
                let ids = try await test.queue.enqueue([try request(0), try request(1)])
                try await eventually("both have failed") {
                    try await test.queue.jobs(of: .everybody, states: [.failed]).total == 2
                }
                let jobs = [try await test.job(ids[0]), try await test.job(ids[1])]
                #expect(jobs.map { $0.error?.code } == ["engine_cpu_time", "engine_failed"])
                #expect(jobs.map(\.attempt) == [1, 3])
                #expect(jobs[1].error?.message == "the program ended with status 3")
            }
        }
    }

    @Test("writes what a handler says, in bounded pieces, and all of it by the end")
    func reports() async throws {
        try await TestQueue.with { test in
            let handler = JobHandler(Self.double) { context, number in
                context.stage("counting")
                for n in 0..<100 {
                    context.log("line \(n)")
                    context.progress(Double(n) / 100)
                }
                try await context.add(
                    JobArtifact(name: "out.txt", location: context.outputPrefix + "out.txt", size: 3))
                context.progress(.nan)
                return number
            }
            try await test.withWorkers([handler]) { _ in
                let id = try await test.queue.enqueue(try request(1)).id
                try await eventually("it is done") { try await test.job(id).state == .completed }
                let log = try await test.queue.log(of: id, after: 0)
                #expect(log.lines == (0..<100).map { "line \($0)" })
                #expect(try await test.job(id).stage == "counting")
                let events = try await test.queue.events(of: id, after: 0)
                #expect(events.map(\.seq) == Array(1...events.count))
                #expect(events.count < 20)
                #expect(events.last?.type == .end)
                let artifacts = try await test.queue.artifacts(of: id)
                #expect(artifacts.map(\.location) == ["jobs/\(id)/1/out.txt"])
            }
        }
    }

    @Test("names a job that does not heed its cancellation, and counts what it does")
    func stubborn() async throws {
        try await TestQueue.with { test in
            let mayEnd = Locked(false)
            let handler = JobHandler(Self.double) { _, number in
                while !mayEnd.withLock({ $0 }) { await EventLoop.current?.yield() }
                throw CancellationError()
            }
            try await test.withWorkers([handler]) { _ in
                let id = try await test.queue.enqueue(try request(1)).id
                try await eventually("it runs") { try await test.job(id).state == .running }
                try await test.queue.cancel(id)
                try await eventually("it is named") {
                    test.log.records.contains { $0.event == "job_does_not_stop" }
                }
                mayEnd.withLock { $0 = true }
                try await eventually("it is cancelled") { try await test.job(id).state == .cancelled }
            }
            let text = String(decoding: test.metrics.render(), as: UTF8.self)
            for line in ["jobs_enqueued_total 1", "jobs_claimed_total 1", "jobs_cancelled_total 1"] {
                #expect(text.contains(line), "\(line)")
            }
        }
    }
}
