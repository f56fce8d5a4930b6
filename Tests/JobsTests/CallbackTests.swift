import HTTP
import JSON
import Loop
import Postgres
import TestKit
import Testing
import Tokens

@testable import Jobs

@Suite("Callbacks", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct CallbackTests {
    private static let signer = CallbackSigner { id, timestamp, body in
        ["webhook-id": id, "webhook-timestamp": "\(timestamp)", "webhook-signature": "v1,test-\(body.count)"]
    }

    private func settings(_ change: (inout CallbackSettings) -> Void = { _ in }) throws -> CallbackSettings {
        var settings = CallbackSettings()
        settings.allowedNetworks = [try #require(IPNetwork("127.0.0.0/8"))]
        settings.retry = RetryPolicy(attempts: .max, base: .milliseconds(20), cap: .milliseconds(100))
        settings.pollInterval = .milliseconds(20)
        settings.timeout = .milliseconds(500)
        change(&settings)
        return settings
    }

    private func sending(
        _ test: TestQueue, _ settings: CallbackSettings, _ signer: CallbackSigner = Self.signer,
        body: () async throws -> Void
    ) async throws {
        let sender = CallbackSender(test.queue, settings: settings, signer: signer)
        let task = Task(executorPreference: TestService.loops.nextLoop()) { await sender.run() }
        do {
            try await body()
        } catch {
            sender.drain()
            await task.value
            throw error
        }
        sender.drain()
        await task.value
    }

    private func ended(_ test: TestQueue, callback url: String) async throws -> UUID {
        var request = JobRequest.test()
        request.callbackURL = url
        let id = try await test.queue.enqueue(request).id
        let job = try #require(try await test.claimOne())
        try await test.queue.complete(job, result: #"{"text":null}"#)
        return id
    }

    private func delivered(_ test: TestQueue) async throws -> Int {
        try await test.database.first(
            "SELECT count(*) FROM job_outbox WHERE delivered_at IS NOT NULL", as: Int.self) ?? 0
    }

    private func dead(_ test: TestQueue) async throws -> [String] {
        try await test.database.rows("SELECT last_problem FROM job_outbox WHERE dead_at IS NOT NULL", as: String.self)
    }

    @Test("tell of a job's end, signed, once the change is committed")
    func content() async throws {
        try await TestQueue.with { test in
            try await CallbackReceiver.with { receiver in
                let id = try await ended(test, callback: receiver.url("/hook?x=1"))
                try await sending(test, try settings()) {
                    try await eventually("it is delivered") { try await delivered(test) == 1 }
                }
                let delivery = try #require(receiver.deliveries.first)
                #expect(receiver.deliveries.count == 1)
                #expect(delivery.path == "/hook")
                #expect(delivery.headers["content-type"] == "application/json")
                #expect(delivery.headers["webhook-signature"] == "v1,test-\(delivery.body.count)")
                #expect(delivery.id.flatMap { UUID($0) } != nil)
                let body = try JSONValue.parse(delivery.body)
                #expect(body["type"]?.string == "job.completed")
                #expect(body["timestamp"]?.string?.hasSuffix("Z") == true)
                #expect(body["data"]?["job_id"]?.string == "\(id)")
                #expect(body["data"]?["state"]?.string == "completed")
                #expect(body["data"]?["result"] == ["text": nil])
            }
        }
    }

    @Test("are left by every way in which a job ends, and by none in which it goes on")
    func ends() async throws {
        try await TestQueue.with { test in
            var request = JobRequest.test(attempts: 1)
            request.callbackURL = "https://example.org"
            let ids = try await test.queue.enqueue([request, request, request, request, request])
            let jobs = try await test.queue.claim(4, from: "default", kinds: ["test"], worker: "w")
            let problem = JobProblem(code: "x", message: "y")
            try await test.queue.end(jobs[0].lease, .released)
            try await test.queue.cancel(jobs[0].id)
            try await test.queue.end(jobs[1].lease, .retried(problem, after: .zero))
            try await test.queue.end(jobs[2].lease, .failed(problem))
            try await test.expire(jobs[3].id)
            try await test.queue.sweep()
            try await test.queue.cancel(ids.first { id in !jobs.contains { $0.id == id } } ?? UUID())
            let types = try await test.database.rows(
                "SELECT body::json->>'type' FROM job_outbox ORDER BY 1", as: String.self)
            #expect(types == ["job.cancelled", "job.cancelled", "job.failed", "job.failed", "job.failed"])
        }
    }

    @Test(
        "come again after failures, with the same id, until they are taken",
        arguments: [500, 503, 429, 404, 301, 302])
    func retries(status: UInt16) async throws {
        try await TestQueue.with { test in
            try await CallbackReceiver.with { delivery, earlier in
                Response(earlier < 2 ? Status(status) : .ok, headers: ["location": "/elsewhere", "retry-after": "0"])
            } body: { receiver in
                _ = try await ended(test, callback: receiver.url("/hook"))
                try await sending(test, try settings()) {
                    try await eventually("it is delivered") { try await delivered(test) == 1 }
                }
                #expect(receiver.deliveries.count == 3)
                #expect(Set(receiver.deliveries.map(\.id)).count == 1)
                #expect(receiver.deliveries.allSatisfy { $0.path == "/hook" }, "no redirect is followed")
            }
        }
    }

    @Test("come again when the receiver takes too long, or hangs up")
    func slow() async throws {
        try await TestQueue.with { test in
            try await CallbackReceiver.with { _, earlier in
                if earlier == 0 { try await EventLoop.current?.sleep(for: .seconds(60)) }
                var response = Response(earlier == 1 ? .internalServerError : .ok)
                response.closesConnection = true
                return response
            } body: { receiver in
                _ = try await ended(test, callback: receiver.url("/hook"))
                try await sending(test, try settings()) {
                    try await eventually("it is delivered") { try await delivered(test) == 1 }
                }
                #expect(receiver.deliveries.count == 3)
            }
        }
    }

    @Test("are given up when the receiver is gone for good, and when their time is over")
    func dead() async throws {
        try await TestQueue.with { test in
            try await CallbackReceiver.with { delivery, _ in
                Response(delivery.path == "/gone" ? Status(410) : Status(500))
            } body: { receiver in
                _ = try await ended(test, callback: receiver.url("/gone"))
                _ = try await ended(test, callback: receiver.url("/broken"))
                try await test.database.execute("UPDATE job_outbox SET created_at = now() - interval '25 hours'")
                try await sending(test, try settings()) {
                    try await eventually("both are given up") { try await dead(test).count == 2 }
                }
                #expect(receiver.deliveries.count == 2)
                let problems = Set(try await dead(test))
                #expect(problems == ["the receiver answered 410", "the receiver answered 500"])
            }
        }
    }

    @Test(
        "never go to private addresses, whatever the name",
        arguments: [
            "https://127.0.0.1/hook", "https://localhost/hook", "https://10.0.0.1/", "https://[::1]/",
            "https://169.254.169.254/latest", "http://example.org/", "https://example.org:8443/", "ftp://example.org/",
            "nonsense",
        ])
    func privateAddresses(url: String) async throws {
        try await TestQueue.with { test in
            _ = try await ended(test, callback: url)
            try await sending(test, try settings { $0.allowedNetworks = [] }) {
                try await eventually("it is given up") { try await dead(test).count == 1 }
            }
            #expect(try await dead(test)[0].isEmpty == false)
        }
    }

    @Test("of a slow receiver do not hold up those of others")
    func fairness() async throws {
        try await TestQueue.with { test in
            try await CallbackReceiver.with { _, _ in
                try await EventLoop.current?.sleep(for: .seconds(60))
                return Response(.ok)
            } body: { slow in
                try await CallbackReceiver.with { quick in
                    for _ in 0..<40 { try await test.queue.send("{}", to: slow.url("/")) }
                    for _ in 0..<10 { try await test.queue.send("{}", to: quick.url("/")) }
                    let limited = try settings {
                        $0.concurrency = 6
                        $0.perHost = 2
                        $0.timeout = .seconds(5)
                    }
                    try await sending(test, limited) {
                        try await eventually(within: 4, "the quick ones are delivered") {
                            quick.deliveries.count == 10
                        }
                        #expect(slow.deliveries.count <= 4)
                        await slow.stop()
                    }
                }
            }
        }
    }

    @Test("go to one host no more than its share at a time, however many are due")
    func share() async throws {
        let present = Locked((now: 0, most: 0))
        try await TestQueue.with { test in
            try await CallbackReceiver.with { _, _ in
                present.withLock { present in
                    present.now += 1
                    present.most = max(present.most, present.now)
                }
                try await EventLoop.current?.sleep(for: .milliseconds(30))
                present.withLock { $0.now -= 1 }
                return Response(.ok)
            } body: { receiver in
                for _ in 0..<30 { try await test.queue.send("{}", to: receiver.url("/")) }
                let limited = try settings {
                    $0.concurrency = 16
                    $0.perHost = 3
                    $0.timeout = .seconds(5)
                }
                try await sending(test, limited) {
                    try await eventually("all are delivered") { try await delivered(test) == 30 }
                }
                #expect(present.withLock { $0.most } == 3)
            }
        }
    }

    @Test("are claimed up to each host's share, those under way counted")
    func claims() async throws {
        try await TestQueue.with { test in
            for host in ["a", "b", "c"] {
                for _ in 0..<5 { try await test.queue.send("{}", to: "https://\(host)/") }
            }
            func claim(_ count: Int, _ running: [String: Int]) async throws -> [String: Int] {
                let claimed = try await test.queue.claimCallbacks(
                    count, perHost: 3, running: running, lease: .seconds(60), lifetime: .seconds(60))
                return Dictionary(grouping: claimed, by: \.host).mapValues(\.count)
            }
            #expect(try await claim(2, [:]) == ["a": 2])
            #expect(try await claim(10, ["a": 2, "c": 3]) == ["a": 1, "b": 3])
            #expect(try await claim(10, ["a": 3, "b": 3, "c": 3]) == [:])
            #expect(try await claim(100, [:]) == ["a": 2, "b": 2, "c": 3])
        }
    }

    @Test("are signed by a signer of webhooks, and come again when it could not sign")
    func signed() async throws {
        struct NoKey: Error {}
        let secret = WebhookSecret.generate()
        let signer = CallbackSigner(try #require(WebhookSigner([secret])))
        let tries = Locked(0)
        let hesitant = CallbackSigner { id, seconds, body in
            let isFirst = tries.withLock { tries in
                tries += 1
                return tries == 1
            }
            if isFirst { throw NoKey() }
            return try signer.sign(id, seconds, body)
        }
        try await TestQueue.with { test in
            try await CallbackReceiver.with { receiver in
                _ = try await ended(test, callback: receiver.url("/"))
                try await sending(test, try settings(), hesitant) {
                    try await eventually("it is delivered") { try await delivered(test) == 1 }
                }
                #expect(receiver.deliveries.count == 1)
                let delivery = try #require(receiver.deliveries.first)
                try WebhookVerifier([secret]).verify(body: delivery.body) { delivery.headers[$0] }
            }
        }
    }

    @Test("of one transaction are sent if it commits")
    func transaction() async throws {
        struct Undone: Error {}
        try await TestQueue.with { test in
            try await CallbackReceiver.with { receiver in
                await #expect(throws: Undone.self) {
                    try await test.database.transaction { transaction in
                        try await test.queue.send("no", to: receiver.url("/"), in: transaction)
                        throw Undone()
                    }
                }
                try await test.database.transaction { transaction in
                    _ = try await test.queue.send("yes", to: receiver.url("/"), in: transaction)
                }
                try await sending(test, try settings()) {
                    try await eventually("it is delivered") { try await delivered(test) == 1 }
                }
                #expect(receiver.deliveries.map(\.text) == ["yes"])
            }
        }
    }

    @Test(
        "What an answer means",
        arguments: [
            (200, nil, CallbackVerdict.delivered), (204, nil, .delivered), (299, nil, .delivered),
            (302, nil, .again("the receiver answered 302", after: nil)),
            (400, nil, .again("the receiver answered 400", after: nil)), (410, nil, .dead("the receiver answered 410")),
            (429, "30", .again("the receiver answered 429", after: .seconds(30))),
            (503, "999999", .again("the receiver answered 503", after: .seconds(3600))),
            (503, "Wed, 21 Oct 2015 07:28:00 GMT", .again("the receiver answered 503", after: nil)),
        ] as [(UInt16, String?, CallbackVerdict)])
    func verdicts(status: UInt16, retryAfter: String?, verdict: CallbackVerdict) {
        #expect(CallbackVerdict.of(Status(status), retryAfter: retryAfter) == verdict)
    }
}
