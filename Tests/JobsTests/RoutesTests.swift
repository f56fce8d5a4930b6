import HTTP
import JSON
import Postgres
import TestKit
import Testing

@testable import Jobs

@Suite("The routes of jobs", .enabled(if: TestQueue.isAvailable, "needs PENTAD_TEST_DATABASE_URL"))
struct RoutesTests {
    private func make(_ test: TestQueue, owner: String = "a") async throws -> UUID {
        var request = JobRequest.test()
        request.ownerID = owner
        return try await test.queue.enqueue(request).id
    }

    @Test("show one job, with its result once it is completed")
    func one() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let before = try await routes.json("/jobs/\(id)")
                #expect(before.status == 200)
                #expect(before.body["job_id"]?.string == "\(id)")
                #expect(before.body["state"]?.string == "queued" && before.body["result"] == nil)
                #expect(before.body["created_at"]?.string?.hasSuffix("Z") == true)
                let job = try #require(try await test.claimOne())
                try await test.queue.complete(job, result: #"{"text":"한국어"}"#)
                let after = try await routes.json("/jobs/\(id)")
                #expect(after.body["state"]?.string == "completed" && after.body["progress"]?.double == 1)
                #expect(after.body["result"]?["text"]?.string == "한국어")
            }
        }
    }

    @Test("list the caller's jobs in pages, filtered by state; wrong values are refused by name")
    func list() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                for _ in 0..<5 { _ = try await make(test) }
                try await test.queue.cancel(try await make(test))
                _ = try await make(test, owner: "b")
                let all = try await routes.json("/jobs?page_size=4&page=2")
                #expect(all.body["jobs"]?.array?.count == 2)
                #expect(all.body["total"]?.int == 6 && all.body["total_pages"]?.int == 2)
                #expect(all.body["page"]?.int == 2 && all.body["page_size"]?.int == 4)
                let cancelled = try await routes.json("/jobs?state=cancelled")
                #expect(cancelled.body["total"]?.int == 1)
                let admin = try await routes.json("/jobs", as: "root", headers: ["x-role": "admin"])
                #expect(admin.body["total"]?.int == 7)
                for query in ["page=0", "page_size=0", "page_size=101", "state=lost", "page=x"] {
                    let answer = try await routes.json("/jobs?\(query)")
                    #expect(answer.status == 400, "\(query)")
                    let field = answer.body["details"]?[0]?["field"]?.string
                    #expect(field == query.split(separator: "=").first.map(String.init), "\(query)")
                }
            }
        }
    }

    @Test(
        "hide others' jobs but from an admin, and everything from nobody",
        arguments: [
            ("GET", ""), ("GET", "/events"), ("GET", "/log"), ("POST", "/cancel"), ("POST", "/retry"),
            ("GET", "/artifacts"), ("GET", "/artifacts/x"),
        ])
    func owners(_ method: String, _ suffix: String) async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                for path in ["/jobs/\(id)", "/jobs/\(UUID())", "/jobs/1"] {
                    let answer = try await routes.json(method, path + suffix, as: "b")
                    #expect(answer.status == 404 && answer.body["code"]?.string == "not_found", "\(path)")
                }
                #expect(try await routes.request(method, "/jobs/\(id)" + suffix, as: nil).status == 401)
                try await test.queue.cancel(id)
                let admin = try await routes.request(
                    method, "/jobs/\(id)" + suffix, as: "root", headers: ["x-role": "admin"])
                #expect(admin.status == (suffix == "/artifacts/x" ? 404 : method == "POST" ? 202 : 200))
            }
        }
    }

    @Test("cancel and try again; what does not go with the state is a conflict")
    func steering() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let early = try await routes.json("POST", "/jobs/\(id)/retry")
                #expect(early.status == 409 && early.body["code"]?.string == "wrong_job_state")
                let cancelled = try await routes.json("POST", "/jobs/\(id)/cancel")
                #expect(cancelled.status == 202 && cancelled.body["state"]?.string == "cancelled")
                let again = try await routes.json("POST", "/jobs/\(id)/retry")
                #expect(again.status == 202 && again.body["state"]?.string == "queued")
                let job = try #require(try await test.claimOne())
                let asked = try await routes.json("POST", "/jobs/\(id)/cancel")
                #expect(asked.status == 202 && asked.body["cancel_requested"]?.bool == true)
                try await test.queue.complete(job, result: "1")
                #expect(try await routes.json("POST", "/jobs/\(id)/cancel").status == 409)
            }
        }
    }

    @Test("give the log as text")
    func log() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let job = try #require(try await test.claimOne())
                for part in 0..<450 {
                    _ = try await test.queue.report(JobReport(lines: ["\(part)a", "\(part)b"]), of: job.lease)
                }
                let answer = try await routes.request("/jobs/\(id)/log")
                #expect(answer.header("content-type") == "text/plain; charset=utf-8")
                #expect(answer.text == (0..<450).map { "\($0)a\n\($0)b\n" }.joined())
            }
        }
    }

    @Test("give artifacts of a job that has ended, whole and in ranges")
    func artifacts() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let id = try await make(test)
                let old = try #require(try await test.claimOne())
                try await test.queue.add(JobArtifact(name: "old", location: "old", size: 3), to: old.lease)
                try await test.queue.end(old.lease, .released)
                let job = try #require(try await test.claimOne())
                try await test.queue.add(
                    JobArtifact(name: "점.ply", location: "0123456789", size: 10, contentType: "model/x", sha256: "ab"),
                    to: job.lease)
                #expect(try await routes.json("/jobs/\(id)/artifacts").body["artifacts"]?.array?.isEmpty == true)
                try await test.queue.complete(job, result: "1")
                let list = try await routes.json("/jobs/\(id)/artifacts").body["artifacts"]
                #expect(list?.array?.count == 1 && list?[0]?["name"]?.string == "점.ply")
                #expect(list?[0]?["size"]?.int == 10 && list?[0]?["location"] == nil)
                let path = "/jobs/\(id)/artifacts/%EC%A0%90.ply"
                let whole = try await routes.request(path)
                #expect(whole.status == 200 && whole.text == "0123456789")
                #expect(whole.header("content-type") == "model/x" && whole.header("etag") == "\"ab\"")
                #expect(whole.header("content-disposition") == "attachment; filename*=UTF-8''%EC%A0%90.ply")
                let part = try await routes.request(path, headers: ["range": "bytes=2-4"])
                #expect(part.status == 206 && part.text == "234")
                #expect(part.header("content-range") == "bytes 2-4/10")
                let stale = try await routes.request(path, headers: ["range": "bytes=2-4", "if-range": "\"cd\""])
                #expect(stale.status == 200 && stale.text == "0123456789")
                #expect(try await routes.request(path, headers: ["range": "bytes=10-"]).status == 416)
                #expect(try await routes.request(path, headers: ["if-none-match": "\"ab\""]).status == 304)
                #expect(try await routes.request("/jobs/\(id)/artifacts/old").status == 404)
            }
        }
    }

    @Test("are in the document, each with what it answers")
    func document() async throws {
        try await TestQueue.with { test in
            try await TestRoutes.with(test) { routes in
                let paths = routes.document["paths"]
                for path in ["", "/{id}", "/{id}/events", "/{id}/log", "/{id}/artifacts", "/{id}/artifacts/{name}"] {
                    #expect(paths?["/svc/jobs\(path)"]?["get"] != nil, "\(path)")
                }
                for path in ["/{id}/cancel", "/{id}/retry"] {
                    #expect(paths?["/svc/jobs\(path)"]?["post"]?["responses"]?["202"] != nil, "\(path)")
                }
            }
        }
    }
}
