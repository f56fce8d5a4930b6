import HTTP
import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Jobs

@Suite("The event stream of a job", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct EventStreamTests {
    private func make(_ test: TestQueue, attempts: Int = 5) async throws -> UUID {
        var request = JobRequest.test(attempts: attempts)
        request.ownerID = "a"
        return try await test.queue.enqueue(request).id
    }

    @Test("tells everything in order and ends with the job")
    func whole() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                async let stream = routes.events(of: id)
                let job = try #require(try await test.claimOne())
                _ = try await test.queue.report(JobReport(progress: 0.5, stage: "x", lines: ["l"]), of: job.lease)
                try await test.queue.complete(job, result: "1")
                let (events, isOver) = try await stream
                #expect(events.map(\.type) == ["queued", "started", "stage", "log", "progress", "end"])
                #expect(events.map(\.id) == Array(1...6))
                #expect(isOver)
            }
        }
    }

    @Test("resumes exactly after connections that break anywhere: no gap, no repetition, in order")
    func resumes() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let writer = Task(executorPreference: TestService.loops.nextLoop()) {
                    for round in 1...3 {
                        let job = try #require(try await test.claimOne())
                        for number in 0..<60 {
                            _ = try await test.queue.report(
                                JobReport(progress: Double(number) / 60, lines: ["\(round).\(number)"]), of: job.lease)
                        }
                        if round < 3 {
                            try await test.queue.end(
                                job.lease, .retried(JobProblem(code: "x", message: "x"), after: .zero))
                        } else {
                            try await test.queue.complete(job, result: "1")
                        }
                    }
                }
                var seen: [TestRoutes.Event] = []
                var connections = 0
                while seen.last?.type != "end", connections < 500 {
                    let (events, _) = try await routes.events(
                        of: id, after: seen.last?.id, bytes: Int.random(in: 100...3000))
                    seen += events
                    connections += 1
                }
                try await writer.value
                let rows = try await test.queue.events(of: id, after: 0)
                #expect(seen.map(\.id) == Array(1...rows.count))
                #expect(seen.map(\.type) == rows.map(\.type.rawValue))
                #expect(rows.count == 3 * 121 + 4, "every round's events, two retries, queued and the end")
                #expect(connections > 5)
            }
        }
    }

    @Test("ends with its job, however many events are left", arguments: [-1, 0, 1])
    func fullPages(more: Int) async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let job = try #require(try await test.claimOne())
                // Queued, started and the end are events, too.
                for number in 0..<(JobFeed.batch - 3 + more) {
                    _ = try await test.queue.report(JobReport(lines: ["\(number)"]), of: job.lease)
                }
                try await test.queue.complete(job, result: "1")
                let (events, isOver) = try await routes.events(of: id)
                #expect(events.count == JobFeed.batch + more)
                #expect(isOver)
            }
        }
    }

    @Test("hears of an event at once rather than at its next look")
    func wakeUp() async throws {
        try await TestQueue.with {
            $0.pollInterval = .seconds(30)
        } body: { test in
            let id = try await make(test)
            let job = try #require(try await test.claimOne())
            let seats = JobStreamSeats(limit: 1, metrics: test.queue.metrics)
            let feed = JobFeed(queue: test.queue, job: id, seq: 0, seat: try #require(seats.take("a")))
            let reading = Task(executorPreference: TestService.loops.nextLoop()) {
                var types: [String?] = []
                for try await event in feed { types.append(event.event) }
                return types
            }
            try await eventually("it is watched") {
                try await test.database.first("SELECT count(*) FROM job_watchers", as: Int.self) == 1
            }
            let began = Deadline.now
            _ = try await test.queue.report(JobReport(lines: ["x"]), of: job.lease)
            try await test.queue.complete(job, result: "1")
            #expect(try await reading.value == ["queued", "started", "log", "end"])
            #expect(Deadline.now.duration(since: began) < .seconds(10))
        }
    }

    @Test("goes on behind an end that was not the last, and says so when there is nothing more")
    func afterTheEnd() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                try await test.queue.cancel(id)
                #expect(try await routes.events(of: id).events.map(\.type) == ["queued", "end"])
                let over = try await routes.request("/jobs/\(id)/events", headers: ["last-event-id": "2"])
                #expect(over.status == 204)
                try await test.queue.retry(id)
                try await test.queue.cancel(id)
                let rest = try await routes.events(of: id, after: 1)
                #expect(rest.events.map(\.type) == ["end", "retry", "end"])
                let wrong = try await routes.request("/jobs/\(id)/events", headers: ["last-event-id": "x"])
                #expect(wrong.status == 400)
            }
        }
    }

    @Test("asked for what follows an event that has not happened, tells what happens from now on and ends with the job")
    func ahead() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let job = try #require(try await test.claimOne())
                async let stream = routes.events(of: id, after: 1_000_000)
                try await eventually("it is open") { test.queue.metrics.streams.value == 1 }
                _ = try await test.queue.report(JobReport(lines: ["l"]), of: job.lease)
                try await test.queue.complete(job, result: "1")
                let (events, isOver) = try await stream
                #expect(events.map(\.type) == ["log", "end"])
                #expect(events.map(\.id) == [3, 4])
                #expect(isOver)
                let over = try await routes.request("/jobs/\(id)/events", headers: ["last-event-id": "1000000"])
                #expect(over.status == 204)
            }
        }
    }

    @Test("a caller has so many streams and no more")
    func seats() async throws {
        try await TestQueue.with {
            $0.streamsPerCaller = 2
        } body: { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                async let first = routes.events(of: id)
                async let second = routes.events(of: id)
                try await eventually("both are open") { test.queue.metrics.streams.value == 2 }
                let third = try await routes.request("/jobs/\(id)/events")
                #expect(third.status == 429 && third.header("retry-after") == "5")
                try await test.queue.cancel(id)
                #expect(try await first.isOver)
                #expect(try await second.isOver)
                try await eventually("they are free again") { test.queue.metrics.streams.value == 0 }
                #expect(try await routes.events(of: id).events.count == 2)
            }
        }
    }
}
