import HTTP
import JSON
import Loop
import Postgres
import TestKit
import Testing

@testable import Jobs

@Suite("Putting jobs into a queue", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct EnqueueTests {
    struct Film: Codable, Sendable { var name: String }

    @Test("A job is a row with its kind's queue, payload and attempts, and its first event")
    func row() async throws {
        try await TestQueue.with { test in
            let kind = JobKind<Film, Film>("transcribe", queue: "gpu", retry: RetryPolicy(attempts: 3))
            var request = try JobRequest(kind, Film(name: "한국어"))
            request.ownerID = "user-1"
            request.priority = 9
            request.callbackURL = "https://example.org/hook"
            let made = try await test.queue.enqueue(request)
            let job = try await test.job(made.id)
            #expect(made.isNew)
            #expect(job.kind == "transcribe" && job.queue == "gpu" && job.ownerID == "user-1")
            #expect(job.priority == 9 && job.state == .queued && job.attempt == 0 && job.maximumAttempts == 3)
            #expect(job.callbackURL == "https://example.org/hook")
            #expect(job.startedAt == nil && job.finishedAt == nil && job.progress == 0)
            let payload = try await test.queue.payload(of: made.id)
            #expect(payload == #"{"name":"한국어"}"#)
            let events = try await test.queue.events(of: made.id, after: 0)
            #expect(events.map(\.seq) == [1] && events.map(\.type) == [.queued])
            #expect(events[0].at == job.createdAt)
        }
    }

    @Test("A job of a transaction comes and goes with it")
    func transaction() async throws {
        struct Undone: Error {}
        try await TestQueue.with { test in
            await #expect(throws: Undone.self) {
                try await test.database.transaction { transaction in
                    try await test.queue.enqueue(.test(), in: transaction)
                    throw Undone()
                }
            }
            #expect(try await test.queue.jobs(of: .everybody).total == 0)
            let made = try await test.database.transaction { transaction in
                let made = try await test.queue.enqueue(.test(), in: transaction)
                let unseen = try await test.queue.job(made.id)
                #expect(unseen == nil)
                return made
            }
            #expect(try await test.job(made.id).state == .queued)
        }
    }

    @Test("Many jobs are put in by one statement, all or none")
    func batch() async throws {
        try await TestQueue.with { test in
            var requests = (0..<1000).map { JobRequest.test(#"{"n":\#($0)}"#) }
            requests[7].priority = 9
            requests[8].delay = .seconds(3600)
            requests[9].callbackURL = "https://example.org/"
            let ids = try await test.queue.enqueue(requests)
            #expect(Set(ids).count == 1000)
            #expect(try await test.queue.payload(of: ids[999]) == #"{"n":999}"#)
            #expect(try await test.job(ids[7]).priority == 9)
            #expect(try await test.job(ids[9]).callbackURL == "https://example.org/")
            #expect(try await test.job(ids[6]).callbackURL == nil)
            let late = try await test.job(ids[8])
            #expect(late.runAt == late.createdAt + .seconds(3600))
            requests[3].payload = "not json"
            let error = await #expect(throws: JobError.self) { try await test.queue.enqueue(requests) }
            guard case .database(.refused) = error else { return #expect(Bool(false), "\(error!)") }
            #expect(try await test.queue.jobs(of: .everybody).total == 1000)
        }
    }

    @Test("The same key and request get the same job; another request, an error; another owner, another job")
    func idempotency() async throws {
        try await TestQueue.with { test in
            let key = try #require(IdempotencyKey("order-1"))
            var request = JobRequest.test(#"{"n":1}"#)
            request.ownerID = "a"
            let first = try await test.queue.enqueue(request, key: key)
            let second = try await test.queue.enqueue(request, key: key)
            #expect(first.isNew && !second.isNew && first.id == second.id)
            var other = request
            other.payload = #"{"n":2}"#
            let error = await #expect(throws: JobError.self) { try await test.queue.enqueue(other, key: key) }
            guard case .keyUsedOtherwise = error else { return #expect(Bool(false), "\(error!)") }
            #expect(error?.serviceError.status.code == 422)
            request.ownerID = "b"
            let theirs = try await test.queue.enqueue(request, key: key)
            #expect(theirs.isNew && theirs.id != first.id)
        }
    }

    @Test("Of many requests with one key at once, one makes the job and all get it")
    func race() async throws {
        try await TestQueue.with { test in
            let key = try #require(IdempotencyKey("k"))
            let answers = try await withThrowingTaskGroup(of: EnqueuedJob.self) { tasks in
                for _ in 0..<20 {
                    tasks.addTask(executorPreference: TestService.loops.nextLoop()) {
                        try await test.queue.enqueue(.test(), key: key)
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.id)).count == 1)
            #expect(answers.count { $0.isNew } == 1)
        }
    }

    @Test("A key stands for its time only")
    func keyLifetime() async throws {
        try await TestQueue.with { test in
            let key = try #require(IdempotencyKey("k"))
            let first = try await test.queue.enqueue(.test(), key: key)
            try await test.database.execute("UPDATE jobs SET created_at = now() - interval '25 hours'")
            let second = try await test.queue.enqueue(.test(#"{"n":2}"#), key: key)
            #expect(second.isNew && second.id != first.id)
        }
    }

    @Test("What cannot be a job is refused before anything is sent", arguments: [-1, 10])
    func limits(priority: Int) async throws {
        try await TestQueue.with { test in
            var request = JobRequest.test()
            request.priority = priority
            await #expect(throws: JobError.self) { try await test.queue.enqueue(request) }
            await #expect(throws: JobError.self) { try await test.queue.enqueue([.test(), request]) }
            #expect(IdempotencyKey("") == nil)
            #expect(IdempotencyKey(String(repeating: "k", count: 256)) == nil)
        }
    }
}
