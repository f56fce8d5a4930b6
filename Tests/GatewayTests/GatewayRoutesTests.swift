import Gateway
import JSON
import TestKit
import Testing

@Suite("The gateway")
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
            #expect(body["paths"]?["/check"]?["get"] != nil)
        }
    }
}
