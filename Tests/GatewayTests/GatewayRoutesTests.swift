import HTTP
import JSON
import Loop
import Service
import TestKit
import Testing

@testable import Gateway

@Suite("The gateway", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase))
struct GatewayRoutesTests {
    @Test("says that it is alive")
    func health() async throws {
        try await TestService.with(GatewayService.self) { gateway in
            for path in ["/health", "/check"] {
                let answer = try await gateway.get(path)
                #expect(answer.status == 200)
                let body = try JSONValue.parse(answer.body)
                #expect(body["status"]?.string == "ok")
            }
        }
    }

    @Test("says on its public port whether it is ready, and keeps metrics inside")
    func readiness() async throws {
        try await TestService.with(GatewayService.self) { gateway in
            let ready = try await gateway.get("/ready")
            #expect(ready.status == 200)
            let metrics = try await gateway.get("/metrics")
            #expect(metrics.status == 404)
        }
    }

    @Test(
        "names each service and what it needs itself, with states and times and no address, and goes on without services"
    )
    func readinessByName() async throws {
        let dead = "http://127.0.0.1:\(try FreePort.find())"
        try await withService { _ in
        } body: { url in
            let settings = [
                "ASR_URL": url, "SPLAT_URL": dead, "PACS_MASKS_URL": "\(url),\(dead)",
                "UPSTREAM_CHECK_INTERVAL": "20ms",
            ]
            try await TestService.with(GatewayService.self, settings: settings) { gateway in
                var answer = try await gateway.get("/ready")
                func state(_ name: String) -> String? { answer.json["checks"]?[name]?["status"]?.string }
                try await eventually("all were asked") {
                    answer = try await gateway.get("/ready")
                    return state("asr") == "up" && state("splat") == "down" && state("pacs-masks") == "degraded"
                }
                #expect(answer.status == 200)
                #expect(answer.header("cache-control") == "no-store")
                #expect(answer.json["status"]?.string == "degraded")
                #expect(
                    answer.json["checks"]?.object?.names
                        == ["database", "pointcloud", "splat", "asr", "footprint-ocr", "pacs-masks"])
                #expect(state("database") == "up" && state("pointcloud") == "not_configured")
                #expect(answer.json["checks"]?["database"]?["required"]?.bool == true)
                #expect(answer.json["checks"]?["asr"]?["required"]?.bool == false)
                #expect(answer.json["checks"]?["asr"]?["latency_ms"]?.double ?? 0 > 0)
                #expect(answer.json["checks"]?["pointcloud"]?["latency_ms"] == nil)
                #expect(!answer.text.contains("127.0.0.1") && !answer.text.contains("http"))
            }
        }
    }

    @Test("says which path it does not know in the common shape")
    func unknown() async throws {
        try await TestService.with(GatewayService.self) { gateway in
            let answer = try await gateway.get("/nothing/here")
            #expect(answer.status == 404)
            let body = try JSONValue.parse(answer.body)
            #expect(body.object?.names == ["error", "message", "details", "code", "request_id"])
            #expect(body["request_id"]?.string == answer.header("x-request-id"))
        }
    }

    @Test("serves its document")
    func document() async throws {
        try await TestService.with(GatewayService.self) { gateway in
            let body = try JSONValue.parse(try await gateway.get("/openapi.json").body)
            #expect(body["info"]?["version"]?.string == Product.version)
            for path in ["/check", "/health", "/ready"] {
                #expect(body["paths"]?[path]?["get"] != nil, "\(path)")
            }
            #expect(body["components"]?["schemas"] != nil)
            #expect(body["components"]?["securitySchemes"] != nil)
            let login = body["paths"]?["/api/auth/login"]?["post"]
            #expect(login?["responses"]?["200"] != nil && login?["responses"]?["429"] != nil)
        }
    }

    @Test("adds the documents of its services, as far as its table leads there")
    func documents() async throws {
        try await withService { routes in
            routes.endpoint(.get, "/asr/things", Operation("Things", tag: "x")) { _ in ["a"] }
            routes.endpoint(.get, "/elsewhere", Operation("Elsewhere", tag: "x")) { _ in ["a"] }
            routes.declareDocument(title: "asr", version: "1")
        } body: { url in
            try await TestService.with(GatewayService.self, settings: ["ASR_URL": url]) { gateway in
                let body = try JSONValue.parse(try await gateway.get("/openapi.json").body)
                let paths = body["paths"]
                #expect(paths?["/asr/things"]?["get"]?["tags"]?[0]?.string == "asr")
                #expect(paths?["/elsewhere"] == nil && paths?["/check"] != nil)
            }
        }
    }

    @Test("asks each service once for its document, however many clients want it")
    func oneFetch() async throws {
        let fetches = Locked(0)
        let isOpen = Locked(false)
        try await withService { routes in
            routes.on(.get, "/openapi.json") { _ in
                fetches.withLock { $0 += 1 }
                _ = await eventually { isOpen.withLock { $0 } }
                return .json(bytes: Array(#"{"paths":{"/asr/x":{"get":{}}}}"#.utf8))
            }
        } body: { url in
            try await TestService.with(GatewayService.self, settings: ["ASR_URL": url]) { gateway in
                try await withThrowingTaskGroup(of: TestAnswer.self) { tasks in
                    for _ in 0..<8 { tasks.addTask { try await gateway.get("/openapi.json") } }
                    try await eventually("all clients wait") {
                        let metrics = try await TestClient.request(
                            port: gateway.running.internalPort, "GET", "/metrics")
                        return metrics.text.contains("\nhttp_connections 8\n") && fetches.withLock { $0 } > 0
                    }
                    isOpen.withLock { $0 = true }
                    for try await answer in tasks {
                        #expect(answer.status == 200)
                        #expect(answer.json["paths"]?["/asr/x"] != nil)
                    }
                }
                _ = try await gateway.get("/openapi.json")
                #expect(fetches.withLock { $0 } == 1)
            }
        }
    }

    @Test("leaves the trial of an address that was left out to a request, whatever documents are fetched")
    func documentsDoNotTry() async throws {
        let isWell = Locked(false)
        let documents = Locked(0)
        try await withService { routes in
            routes.on(.get, "/asr/x") { _ in
                Response(isWell.withLock { $0 } ? .ok : .badGateway)
            }
            routes.on(.get, "/openapi.json") { _ in
                documents.withLock { $0 += 1 }
                return .json(bytes: Array("{}".utf8))
            }
        } body: { url in
            let settings = [
                "ASR_URL": url, "UPSTREAM_FAILURES": "2", "UPSTREAM_FIRST_PAUSE": "50ms",
                "UPSTREAM_CHECK_INTERVAL": "1h",
            ]
            try await TestGateway.with(settings) { gateway in
                let token = try #require(try await gateway.signIn()["token"]?.string)
                func ask() async throws -> Int {
                    try await gateway.get("/asr/x", headers: ["authorization": "Bearer \(token)"]).status
                }
                for _ in 0..<2 { #expect(try await ask() == 502) }
                #expect(try await ask() == 503)
                isWell.withLock { $0 = true }
                try await eventually("the pause is over") {
                    let ready = try await gateway.get("/ready")
                    return ready.json["checks"]?["asr"]?["status"]?.string == "up"
                }
                #expect(try await gateway.get("/openapi.json").status == 200)
                #expect(documents.withLock { $0 } == 0)
                #expect(try await ask() == 200)
            }
        }
    }
}
