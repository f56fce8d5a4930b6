import JSON
import Loop
import Postgres
import TestKit
import Testing

@testable import Jobs

@Suite("Steering jobs", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct ControlTests {
    @Test("A queued job is cancelled at once; cancelling again changes nothing")
    func cancelQueued() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            #expect(try await test.queue.cancel(id) == .cancelled)
            #expect(try await test.queue.cancel(id) == .cancelled)
            #expect(try await test.claimOne() == nil)
            #expect(try await test.eventTypes(id) == [.queued, .end])
            await #expect(throws: JobError.self) { try await test.queue.cancel(UUID()) }
        }
    }

    @Test("A worker does not believe a word about cancellation that the job's row does not bear out")
    func hearsay() async throws {
        try await TestQueue.with { test in
            let kind = JobKind<Int, Int>("hearsay")
            let handler = JobHandler(kind) { context, _ in
                context.stage("begun")
                for _ in 0..<10 {
                    try Task.checkCancellation()
                    try await EventLoop.current?.sleep(for: .milliseconds(50))
                }
                return 1
            }
            let worker = Worker(test.queue, name: "w", handlers: [handler])
            let running = Task(executorPreference: TestService.loops.nextLoop()) { await worker.run() }
            let id = try await test.queue.enqueue(JobRequest(kind, 1)).id
            try await eventually("it runs") { try await test.queue.job(id, of: .everybody)?.state == .running }
            try await test.database.execute(
                "SELECT pg_notify('jobs_' || to_hex(hashtextextended(current_schema(), 0)), 'c' || \("\(id)"))")
            try await eventually("it ends") { try await test.queue.job(id, of: .everybody)?.finishedAt != nil }
            let job = try await test.queue.job(id, of: .everybody)
            #expect(job?.state == .completed)
            worker.drain()
            await running.value
        }
    }

    @Test("A running job is asked to stop; its worker's word makes it cancelled")
    func cancelRunning() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            let job = try #require(try await test.claimOne())
            #expect(try await test.queue.cancel(id) == .running)
            #expect(try await test.job(id).isCancelRequested)
            #expect(try await test.queue.report(JobReport(progress: 0.1), of: job.lease))
            #expect(try await test.queue.end(job.lease, .cancelled) == .cancelled)
            #expect(try await test.eventTypes(id) == [.queued, .started, .progress, .end])
        }
    }

    @Test("A cancelled job whose worker vanished, or failed meanwhile, is cancelled and not tried again")
    func cancelOrphan() async throws {
        try await TestQueue.with { test in
            let ids = try await test.queue.enqueue([.test(), .test()])
            let jobs = try await test.queue.claim(2, from: "default", kinds: ["test"], worker: "w")
            for id in ids { try await test.queue.cancel(id) }
            try await test.expire(ids[0])
            try await test.queue.sweep()
            let second = try #require(jobs.first { $0.id == ids[1] })
            try await test.queue.end(second.lease, .retried(JobProblem(code: "x", message: "x"), after: .zero))
            for id in ids { #expect(try await test.job(id).state == .cancelled) }
        }
    }

    @Test("A failed job is queued again with all its attempts, and its history stays in order")
    func retry() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test(attempts: 1)).id
            let first = try #require(try await test.claimOne())
            try await test.queue.end(first.lease, .failed(JobProblem(code: "broken", message: "it broke")))
            #expect(try await test.job(id).error == JobProblem(code: "broken", message: "it broke"))
            try await test.queue.retry(id)
            let again = try await test.job(id)
            #expect(again.state == .queued && again.error == nil && again.finishedAt == nil)
            let second = try #require(try await test.claimOne())
            #expect(second.attempt == 2 && second.failures == 0)
            try await test.queue.complete(second, result: "null")
            #expect(
                try await test.eventTypes(id) == [.queued, .started, .end, .retry, .started, .end])
            #expect(try await test.queue.events(of: id, after: 0).map(\.seq) == Array(1...6))
            let error = await #expect(throws: JobError.self) { try await test.queue.retry(id) }
            guard case .wrongState(.completed) = error else { return #expect(Bool(false), "\(error!)") }
        }
    }

    @Test("A job cancelled before it began, tried again, keeps one number an event")
    func retryCancelled() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            let job = try #require(try await test.claimOne())
            try await test.queue.end(job.lease, .retried(JobProblem(code: "x", message: "x"), after: .zero))
            try await test.queue.cancel(id)
            try await test.queue.retry(id)
            try await test.queue.cancel(id)
            #expect(
                try await test.eventTypes(id) == [.queued, .started, .retry, .end, .retry, .end])
            #expect(try await test.queue.events(of: id, after: 0).map(\.seq) == Array(1...6))
        }
    }

    @Test("A failure is tried again after its delay")
    func delay() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            let job = try #require(try await test.claimOne())
            let problem = JobProblem(code: "busy", message: "not now", details: ["n": 1])
            #expect(try await test.queue.end(job.lease, .retried(problem, after: .seconds(60))) == .queued)
            #expect(try await test.claimOne() == nil)
            let row = try await test.job(id)
            #expect(row.error == problem)
            try await test.database.execute("UPDATE jobs SET run_at = now()")
            #expect(try await test.claimOne()?.failures == 1)
        }
    }

    @Test("An owner's jobs come in pages, the latest first, filtered by state")
    func pages() async throws {
        try await TestQueue.with { test in
            var requests = (0..<25).map { _ in JobRequest.test() }
            for index in requests.indices { requests[index].ownerID = index < 23 ? "a" : "b" }
            let ids = try await test.queue.enqueue(requests)
            try await test.queue.cancel(ids[3])
            let first = try await test.queue.jobs(of: .owner("a"), page: 1, pageSize: 10)
            #expect(first.total == 23)
            #expect(first.jobs.map(\.id) == Array(ids[0..<23].sorted().reversed().prefix(10)))
            let last = try await test.queue.jobs(of: .owner("a"), page: 3, pageSize: 10)
            #expect(last.jobs.count == 3 && last.total == 23)
            let beyond = try await test.queue.jobs(of: .owner("a"), page: 9, pageSize: 10)
            #expect(beyond.jobs.isEmpty && beyond.total == 23)
            let cancelled = try await test.queue.jobs(of: .everybody, states: [.cancelled])
            #expect(cancelled.jobs.map(\.id) == [ids[3]] && cancelled.total == 1)
            #expect(try await test.queue.job(ids[24], of: .owner("a")) == nil)
        }
    }

    @Test("Reports become events with numbers of their own, and the log reads them in order")
    func reports() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            let job = try #require(try await test.claimOne())
            _ = try await test.queue.report(
                JobReport(progress: 0.25, stage: "aligning", lines: ["a", "\u{1}\"b\""]), of: job.lease)
            _ = try await test.queue.report(JobReport(lines: ["c"]), of: job.lease)
            let events = try await test.queue.events(of: id, after: 0)
            #expect(events.map(\.type) == [.queued, .started, .stage, .log, .progress, .log])
            #expect(events.map(\.seq) == Array(1...6))
            #expect(try await test.queue.events(of: id, after: 4).map(\.seq) == [5, 6])
            let log = try await test.queue.log(of: id, after: 0)
            #expect(log.lines == ["a", "\u{1}\"b\"", "c"] && log.seq == 6)
            let row = try await test.job(id)
            #expect(row.progress == 0.25 && row.stage == "aligning")
        }
    }
}
