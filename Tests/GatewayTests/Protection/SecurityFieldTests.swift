import HTTP
import JSON
import TestKit
import Testing

@testable import Gateway

@Suite("What answers tell browsers", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase))
struct SecurityFieldTests {
    private static let everywhere = [
        "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    ]

    @Test("is with the gateway's own, errors and tokens, too; and no cache keeps a token")
    func own() async throws {
        try await TestGateway.with { gateway in
            let answers = [
                try await gateway.get("/health"), try await gateway.get("/nothing"), try await gateway.get("/asr/x"),
                try await gateway.get("/openapi.json"), try await gateway.post("/api/auth/login", ["keycloak_id": 1]),
            ]
            let body: JSONValue = ["keycloak_id": "a", "username": "u", "email": "u@x", "session": true]
            let login = try await gateway.post("/api/auth/login", body)
            let cookie = try #require(login.cookie("pentad_session"))
            let refreshed = try await gateway.request(
                "POST", "/api/auth/refresh", headers: ["cookie": "pentad_session=\(cookie)"])
            for answer in answers + [login, refreshed] {
                for (name, value) in Self.everywhere { #expect(answer.header(name) == value, "\(answer.headers)") }
            }
            for answer in [login, refreshed] {
                #expect(answer.status == 200 && answer.header("cache-control") == "no-store")
            }
        }
    }

    @Test("is added to a service's where it says nothing itself, and never to what a cache has already")
    func forwarded() async throws {
        try await withService { routes in
            routes.on(.get, "/asr/plain") { _ in .html("<script>alert(1)</script>") }
            routes.on(.get, "/asr/own") { _ in
                Response(headers: [
                    "Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff",
                ])
            }
            routes.on(.get, "/asr/same") { _ in Response(.notModified, headers: ["etag": "\"1\""]) }
        } body: { url in
            try await RoutedGateway.with(routes: "* /asr/** asr", settings: ["ASR_URL": url]) { gateway in
                let plain = try await gateway.request("GET", "/asr/plain")
                for (name, value) in Self.everywhere { #expect(plain.header(name) == value) }
                #expect(plain.header("cross-origin-resource-policy") == nil, "others may show a service's pictures")
                let own = try await gateway.request("GET", "/asr/own")
                let policies = own.headers.filter { $0.name.lowercased() == "content-security-policy" }.map(\.value)
                #expect(policies == ["default-src 'self'"])
                #expect(own.headers.filter { $0.name.lowercased() == "x-content-type-options" }.count == 1)
                #expect(own.header("referrer-policy") == "no-referrer")
                let same = try await gateway.request("GET", "/asr/same")
                #expect(same.status == 304)
                for name in Self.everywhere.keys { #expect(same.header(name) == nil) }
            }
        }
    }
}
