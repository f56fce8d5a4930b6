import Gateway
import HTTP
import JSON
import Service
import TestKit
import Testing

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
}
