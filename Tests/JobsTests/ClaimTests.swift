import JSON
import Loop
import Postgres
import TestKit
import Testing

@testable import Jobs

@Suite("Claiming jobs", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct ClaimTests {
    @Test("The highest priority goes first, then the one that has waited longest")
    func order() async throws {
        try await TestQueue.with { test in
            var ids: [UUID] = []
            for priority in [5, 0, 9, 5, 9] {
                var request = JobRequest.test()
                request.priority = priority
                ids.append(try await test.queue.enqueue(request).id)
            }
            var order: [UUID] = []
            while let job = try await test.claimOne() { order.append(job.id) }
            #expect(order == [ids[2], ids[4], ids[0], ids[3], ids[1]])
        }
    }

    @Test("Among kinds the highest priority goes first, then the kind whose first job has waited longest")
    func orderOfKinds() async throws {
        try await TestQueue.with { test in
            for (kind, priority) in [("b", 5), ("a", 5), ("b", 5), ("a", 9), ("c", 9), ("other", 9), ("a", 5)] {
                var request = JobRequest(kind: kind)
                request.priority = priority
                try await test.queue.enqueue(request)
            }
            var order: [String] = []
            while let job = try await test.claimOne(kinds: ["c", "a", "b", "a"]) { order.append(job.kind) }
            #expect(order == ["a", "c", "b", "a", "b", "a"])
            let none = try await test.queue.claim(1, from: "default", kinds: [], worker: "w")
            #expect(none.isEmpty)
        }
    }

    @Test("A claim walks over no jobs of kinds that the worker does not know", arguments: [["x"], ["x", "y"]])
    func unknownKinds(kinds: [String]) async throws {
        try await TestQueue.with { test in
            try await test.database.execute(
                """
                INSERT INTO jobs (id, queue, kind, payload, max_attempts)
                SELECT gen_random_uuid(), 'default', 'retired', '1', 5 FROM generate_series(1, 20000)
                """)
            try await test.database.execute("ANALYZE jobs")
            try await test.queue.enqueue(JobRequest(kind: "x"))
            let claim = JobQueue.Claim(
                count: 1, scope: ClaimFloors.Scope(queue: "default", kinds: kinds), worker: "w", token: UUID(),
                lease: .seconds(60))
            let floors = Array(repeating: ClaimFloors.start, count: kinds.count * ClaimFloors.levels)
            let plan = try await test.database.rows(
                "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) \(fragment: claim.statement(floors))",
                as: String.self
            ).joined(separator: "\n")
            #expect(plan.contains("jobs_due"), "\(plan)")
            #expect(!plan.contains("Removed by Filter") && !plan.contains("Seq Scan on jobs"), "\(plan)")
            #expect(try await test.queue.depths() == ["default": 20000])
        }
    }

    @Test("What there is of jobs is counted up to a limit")
    func counting() async throws {
        try await TestQueue.with { test in
            try await test.database.execute(
                """
                INSERT INTO jobs (id, queue, kind, payload, max_attempts, state)
                SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, 'x', '1', 5,
                    CASE WHEN n < 5 THEN 'failed' ELSE 'queued' END
                FROM generate_series(1, 12000) AS n
                """)
            let all = try await test.queue.jobs(of: .everybody)
            #expect(all.jobs.count == 20 && all.total == JobQueue.countLimit)
            let far = try await test.queue.jobs(of: .everybody, page: 550)
            #expect(far.jobs.count == 20 && far.total == 11_000)
            let failed = try await test.queue.jobs(of: .everybody, states: [.failed, .cancelled], pageSize: 3)
            #expect(failed.jobs.count == 3 && failed.total == 4)
            #expect(try await test.queue.depths() == ["even": 5998, "odd": 5998])
        }
    }

    @Test("Jobs that are not due, of other queues and of unknown kinds stay, whatever their priority")
    func others() async throws {
        try await TestQueue.with { test in
            var late = JobRequest.test()
            late.delay = .seconds(60)
            late.priority = 9
            var elsewhere = JobRequest.test()
            elsewhere.queue = "gpu"
            let unknown = JobRequest(kind: "unknown")
            try await test.queue.enqueue([late, elsewhere, unknown])
            #expect(try await test.claimOne() == nil)
            #expect(try await test.claimOne(queue: "gpu") != nil)
            #expect(try await test.claimOne(kinds: ["x", "unknown"])?.kind == "unknown")
            try await test.database.execute("UPDATE jobs SET run_at = now() WHERE kind = 'test'")
            #expect(try await test.claimOne() != nil)
        }
    }

    @Test("A job that was due long before the last one claimed is found all the same")
    func lateCommit() async throws {
        try await TestQueue.with {
            $0.pollInterval = .seconds(60)
        } body: { test in
            try await test.queue.enqueue([.test(), .test()])
            _ = try #require(try await test.claimOne())
            let old = try await test.queue.enqueue(.test()).id
            try await test.database.execute("UPDATE jobs SET run_at = now() - interval '1 hour' WHERE id = \(old)")
            let next = try #require(try await test.claimOne())
            #expect(next.id != old)
            #expect(try await test.claimOne()?.id == old, "nothing else is left")
        }
    }

    @Test("Claimers at the same time never get the same job, and leave none")
    func concurrent() async throws {
        try await TestQueue.with { test in
            let ids = try await test.queue.enqueue((0..<300).map { _ in .test() })
            let claimed = try await withThrowingTaskGroup(of: [UUID].self) { tasks in
                for worker in 0..<8 {
                    tasks.addTask(executorPreference: TestService.loops.nextLoop()) {
                        var mine: [UUID] = []
                        while true {
                            let jobs = try await test.queue.claim(
                                1 + worker % 4, from: "default", kinds: ["test"], worker: "w\(worker)")
                            if jobs.isEmpty { return mine }
                            mine += jobs.map(\.id)
                        }
                    }
                }
                return try await tasks.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 300)
            #expect(Set(claimed) == Set(ids))
        }
    }

    @Test("A lease that ran out is another's to take; the attempts used up, the job has failed")
    func expiry() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test(attempts: 2)).id
            for attempt in 1...2 {
                let job = try #require(try await test.claimOne())
                #expect(job.attempt == attempt)
                #expect(try await test.queue.sweep() == 0)
                try await test.expire(id)
                #expect(try await test.queue.sweep() == 1)
            }
            let job = try await test.job(id)
            #expect(job.state == .failed && job.error?.code == "lease_expired" && job.finishedAt != nil)
            #expect(try await test.eventTypes(id) == [.queued, .started, .retry, .started, .end])
            #expect(try await test.queue.events(of: id, after: 0).map(\.seq) == [1, 2, 3, 4, 5])
        }
    }

    @Test("Every write of an attempt that lost its job is refused and changes nothing")
    func fencing() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            let old = try #require(try await test.claimOne())
            try await test.expire(id)
            try await test.queue.sweep()
            let new = try #require(try await test.claimOne())
            let before = try await test.job(id)
            let writes: [(String, @Sendable () async throws -> Void)] = [
                ("complete", { try await test.queue.complete(old, result: "1") }),
                ("fail", { try await test.queue.end(old.lease, .failed(JobProblem(code: "x", message: "x"))) }),
                (
                    "retry",
                    { try await test.queue.end(old.lease, .retried(JobProblem(code: "x", message: "x"), after: .zero)) }
                ),
                ("cancel", { try await test.queue.end(old.lease, .cancelled) }),
                ("release", { try await test.queue.end(old.lease, .released) }),
                ("report", { _ = try await test.queue.report(JobReport(progress: 0.5), of: old.lease) }),
                (
                    "artifact",
                    { try await test.queue.add(JobArtifact(name: "a", location: "a", size: 1), to: old.lease) }
                ),
                ("effect", { try await test.queue.fenced(old.lease) { _ in } }),
            ]
            for (name, write) in writes {
                let error = await #expect(throws: JobError.self, "\(name)") { try await write() }
                if case .leaseLost? = error { continue }
                Issue.record("\(name): \(String(describing: error))")
            }
            let heartbeat = try await test.queue.beat([old.lease, new.lease])
            #expect(heartbeat.held == [new.lease])
            let batch = try await test.queue.complete([(old, "1")])
            #expect(batch.isEmpty)
            let after = try await test.job(id)
            #expect(before == after)
            try await test.queue.complete(new, result: #"{"ok":true}"#)
            #expect(try await test.queue.result(of: id) == #"{"ok":true}"#)
        }
    }

    @Test("A report that is written twice is there once")
    func repeatedReport() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test()).id
            let job = try #require(try await test.claimOne())
            let report = JobReport(progress: 0.5, stage: "s", lines: ["a", "b"])
            for _ in 0..<3 { _ = try await test.queue.report(report, after: job.startedEvent, of: job.lease) }
            _ = try await test.queue.report(
                JobReport(lines: ["c"]), after: job.startedEvent + report.events.count, of: job.lease)
            try await test.queue.complete(job, result: "1")
            #expect(try await test.eventTypes(id) == [.queued, .started, .stage, .log, .progress, .log, .end])
            #expect(try await test.queue.log(of: id, after: 0).lines == ["a", "b", "c"])
        }
    }

    @Test("An effect is undone when the lease is lost before its commit, and waits for nobody otherwise")
    func effects() async throws {
        try await TestQueue.with { test in
            try await test.database.execute("CREATE TABLE effects (job_id uuid)")
            let id = try await test.queue.enqueue(.test()).id
            let job = try #require(try await test.claimOne())
            _ = try await test.queue.fenced(job.lease) { transaction in
                try await transaction.execute("INSERT INTO effects VALUES (\(id))")
            }
            try await test.expire(id)
            try await test.queue.sweep()
            await #expect(throws: JobError.self) {
                _ = try await test.queue.fenced(job.lease) { transaction in
                    try await transaction.execute("INSERT INTO effects VALUES (\(id))")
                }
            }
            #expect(try await test.database.first("SELECT count(*) FROM effects", as: Int.self) == 1)
        }
    }

    @Test("A heartbeat extends what is held, also when the lease ran out unnoticed, and tells of cancellation")
    func heartbeat() async throws {
        try await TestQueue.with { test in
            let ids = try await test.queue.enqueue([.test(), .test()])
            let jobs = try await test.queue.claim(2, from: "default", kinds: ["test"], worker: "w")
            try await test.expire(ids[0])
            try await test.queue.cancel(ids[1])
            let heartbeat = try await test.queue.beat(jobs.map(\.lease))
            #expect(heartbeat.held == Set(jobs.map(\.lease)))
            #expect(heartbeat.cancelled.map(\.id) == [ids[1]])
            #expect(try await test.queue.sweep() == 0)
        }
    }

    @Test("A heartbeat waits for no effect that is under way, and the job is not taken meanwhile")
    func heartbeatDuringEffect() async throws {
        try await TestQueue.with { test in
            try await test.queue.enqueue([.test(), .test()])
            let jobs = try await test.queue.claim(2, from: "default", kinds: ["test"], worker: "w")
            let first = jobs[0]
            try await test.queue.fenced(first.lease) { _ in
                try await test.expire(jobs[1].id)
                let heartbeat = try await test.queue.beat(jobs.map(\.lease))
                #expect(heartbeat.held == Set(jobs.map(\.lease)))
                #expect(try await test.queue.sweep() == 0)
            }
        }
    }

    @Test(
        "An artifact has a plain name",
        arguments: ["", "a/b", "..", "a\nb", "a\\b", String(repeating: "x", count: 201)])
    func artifactNames(name: String) async throws {
        try await TestQueue.with { test in
            try await test.queue.enqueue(.test())
            let job = try #require(try await test.claimOne())
            let error = await #expect(throws: JobError.self) {
                try await test.queue.add(JobArtifact(name: name, location: "x", size: 1), to: job.lease)
            }
            guard case .invalid = error else { return #expect(Bool(false), "\(error!)") }
        }
    }

    @Test("A released job is another's at once, and the attempt does not count")
    func release() async throws {
        try await TestQueue.with { test in
            let id = try await test.queue.enqueue(.test(attempts: 1)).id
            for attempt in 1...3 {
                let job = try #require(try await test.claimOne())
                #expect(job.attempt == attempt && job.failures == 0)
                #expect(try await test.queue.end(job.lease, .released) == .queued)
            }
            let last = try #require(try await test.claimOne())
            let state = try await test.queue.end(
                last.lease, .retried(JobProblem(code: "x", message: "y"), after: .zero))
            #expect(state == .failed)
            #expect(try await test.job(id).error?.code == "x")
        }
    }

    @Test("What a lost claim took is found by its token and given back")
    func lostClaim() async throws {
        try await TestQueue.with { test in
            try await test.queue.enqueue([.test(), .test(), .test()])
            let token = UUID()
            _ = try await test.queue.claim(2, from: "default", kinds: ["test"], worker: "w", token: token)
            try await test.queue.giveBack(token: token)
            #expect(try await test.queue.depths() == ["default": 3])
        }
    }
}
