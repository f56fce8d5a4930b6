import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Jobs

@Suite("Jobs past their time", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct RetentionTests {
    private func old(_ test: TestQueue, _ count: Int) async throws -> [UUID] {
        let ids = try await test.queue.enqueue((0..<count).map { _ in .test() })
        while let job = try await test.claimOne() {
            _ = try await test.queue.report(JobReport(lines: ["x"]), of: job.lease)
            try await test.queue.add(
                JobArtifact(name: "out", location: "jobs/\(job.id)/1/out", size: 1), to: job.lease)
            try await test.queue.complete(job, result: "1")
        }
        return ids
    }

    private func rows(_ test: TestQueue) async throws -> [Int] {
        try await test.database.rows(
            """
            SELECT count(*) FROM jobs UNION ALL SELECT count(*) FROM job_events
            UNION ALL SELECT count(*) FROM job_artifacts UNION ALL SELECT count(*) FROM job_outbox
            """, as: Int.self)
    }

    @Test("are removed in batches with all that belongs to them; running, queued and younger ones stay")
    func removal() async throws {
        try await TestQueue.with {
            $0.retention = .zero
            $0.batch = 2
        } body: { test in
            let ids = try await old(test, 3)
            let queued = try await test.queue.enqueue(.test()).id
            _ = try #require(try await test.claimOne())
            _ = try await test.queue.enqueue(.test())
            try await test.database.execute(
                "UPDATE jobs SET finished_at = now() + interval '1 hour' WHERE id = \(ids[2])")
            let removed = Locked<[String]>([])
            let count = try await test.queue.removeFinished { _, artifacts in
                removed.withLock { $0 += artifacts.map(\.location) }
            }
            #expect(count == 2)
            #expect(removed.withLock { $0 } == [ids[0], ids[1]].map { "jobs/\($0)/1/out" })
            #expect(try await rows(test) == [3, 1, 1, 0])
            #expect(try await test.job(queued).state == .running)
            #expect(try await test.queue.removeFinished() == 0)
        }
    }

    @Test("stay while a callback is on its way or their artifacts cannot be removed")
    func kept() async throws {
        struct Unreachable: Error {}
        try await TestQueue.with {
            $0.retention = .zero
        } body: { test in
            let ids = try await old(test, 2)
            try await test.queue.send("{}", to: "https://example.org", of: ids[0])
            #expect(try await test.queue.removeFinished { _, _ in throw Unreachable() } == 0)
            #expect(try await test.queue.removeFinished() == 1)
            try await test.database.execute("UPDATE job_outbox SET dead_at = now()")
            #expect(try await test.queue.removeFinished() == 1)
            #expect(try await rows(test) == [0, 0, 0, 0])
        }
    }

    @Test("are removed by the upkeep, which counts what waits")
    func upkeep() async throws {
        try await TestQueue.with {
            $0.retention = .zero
            $0.retentionInterval = .milliseconds(50)
        } body: { test in
            _ = try await old(test, 5)
            try await test.queue.enqueue([.test(), .test()])
            let upkeep = JobUpkeep(test.queue)
            let task = Task(executorPreference: TestService.loops.nextLoop()) { await upkeep.run() }
            try await eventually("the old ones are gone") {
                try await test.queue.jobs(of: .everybody).total == 2
            }
            try await eventually("what waits is counted") {
                String(decoding: test.metrics.render(), as: UTF8.self).contains("jobs_queued{queue=\"default\"} 2")
            }
            upkeep.stop()
            await task.value
        }
    }

    @Test("A stepper runs what is due, one job at a time")
    func stepper() async throws {
        let count = JobKind<Int, Int>("count")
        try await TestQueue.with { test in
            let stepper = JobStepper(test.queue, handlers: [JobHandler(count) { _, number in number + 1 }])
            #expect(await stepper.step() == false)
            let ids = try await test.queue.enqueue([1, 2, 3].map { try JobRequest(count, $0) })
            #expect(await stepper.step())
            #expect(try await test.queue.result(of: ids[0]) == "2")
            #expect(try await test.job(ids[1]).state == .queued)
            #expect(await stepper.run() == 2)
        }
    }

    @Test("go although nobody sent their callbacks for a month")
    func unsentCallback() async throws {
        try await TestQueue.with {
            $0.retention = .zero
        } body: { test in
            var request = JobRequest.test()
            request.callbackURL = "https://receiver.example/done"
            let id = try await test.queue.enqueue(request).id
            let job = try #require(try await test.claimOne())
            try await test.queue.complete(job, result: "1")
            try await test.queue.tidy()
            #expect(try await test.queue.removeFinished() == 0)
            try await test.database.execute("UPDATE job_outbox SET created_at = now() - interval '31 days'")
            try await test.queue.tidy()
            #expect(try await test.queue.removeFinished() == 1)
            #expect(try await test.queue.job(id) == nil)
        }
    }
}
