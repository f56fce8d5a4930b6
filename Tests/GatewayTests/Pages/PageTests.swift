import HTTP
import JSON
import TestKit
import Testing

@testable import Gateway

@Suite("The gateway's pages", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase))
struct PageTests {
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    @Test("are a console whose parts are all there, each of its type, asked for again only when it has changed")
    func console() async throws {
        try await TestService.with(GatewayService.self) { gateway in
            let page = try await gateway.get("/")
            #expect(page.status == 200)
            #expect(page.header("content-type") == "text/html; charset=utf-8")
            #expect(page.header("content-security-policy") == Self.policy)
            #expect(page.header("cross-origin-opener-policy") == "same-origin")
            #expect(page.header("referrer-policy") == "no-referrer")
            // What the policy would refuse.
            for refused in ["<style", "style=", " onclick", "javascript:", "://"] {
                #expect(!page.text.contains(refused), "\(refused)")
            }
            for part in page.text.matches(of: #/(?:src|href)="(/console/[^"]+)"/#).map({ String($0.1) }) + [
                "/console/page.js", "/console/jobs.js", "/console/services.js", "/console/session.js",
            ] {
                let answer = try await gateway.get(part)
                #expect(answer.status == 200, "\(part)")
                let type = answer.header("content-type")?.prefix { $0 != ";" }
                let expected = [".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"]
                #expect(type.map(String.init) == expected["." + part.split(separator: ".").last!], "\(part)")
                #expect(answer.header("x-content-type-options") == "nosniff")
                #expect(answer.header("cross-origin-resource-policy") == "same-origin")
                #expect(answer.header("cache-control") == "no-cache")
                let tag = try #require(answer.header("etag"))
                let again = try await gateway.get(part, headers: ["if-none-match": tag])
                #expect(again.status == 304 && again.body.isEmpty && again.header("etag") == tag)
            }
            #expect(try await gateway.request("HEAD", "/").header("etag") == page.header("etag"))
            #expect(try await gateway.request("POST", "/").status == 405)
        }
    }

    @Test(
        "serve nothing that is not one of their parts",
        arguments: [
            "/console/", "/console/x.js", "/console/index.html", "/console/ConsolePages.swift",
            "/console/swagger-ui.txt",
            "/docs/", "/docs/index.html", "/docs/swagger-ui-bundle.js.map", "/docs/.stamp", "/docs/%2e%2e/secret",
            "/docs/..%2fsecret", "/docs/swagger-ui.css/x",
        ])
    func others(path: String) async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        for name in ["index.html", "swagger-ui-bundle.js.map", ".stamp"] {
            try RoutedGateway.write("of the folder", to: "\(folder.path)/\(name)")
        }
        try await TestService.with(GatewayService.self, settings: ["SWAGGER_UI_DIR": folder.path]) { gateway in
            let answer = try await gateway.get(path)
            #expect(answer.status == 404 || answer.status == 400)
            #expect(!answer.text.contains("of the folder"))
        }
    }

    @Test("document the API by Swagger UI as soon as it is there, and say until then how to get it")
    func docs() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        try await TestService.with(GatewayService.self, settings: ["SWAGGER_UI_DIR": folder.path]) { gateway in
            let missing = try await gateway.get("/docs")
            #expect(missing.status == 200 && missing.header("content-security-policy") == Self.policy)
            #expect(missing.text.contains("SWAGGER_UI_DIR") && missing.text.contains(#"href="/openapi.json""#))
            #expect(try await gateway.get("/docs/swagger-ui.css").status == 404)

            try RoutedGateway.write("css", to: "\(folder.path)/swagger-ui.css")
            #expect(try await gateway.get("/docs").header("etag") == missing.header("etag"), "one of two is not enough")
            try RoutedGateway.write("js", to: "\(folder.path)/swagger-ui-bundle.js")
            let page = try await gateway.get("/docs", headers: ["if-none-match": missing.header("etag") ?? ""])
            #expect(page.status == 200 && page.header("content-security-policy") == Self.policy)
            for (name, type, body) in [
                ("swagger-ui.css", "text/css; charset=utf-8", "css"),
                ("swagger-ui-bundle.js", "text/javascript; charset=utf-8", "js"),
            ] {
                #expect(page.text.contains("\"/docs/\(name)\""))
                let answer = try await gateway.get("/docs/\(name)")
                #expect(answer.status == 200 && answer.text == body)
                #expect(answer.header("content-type") == type)
                #expect(answer.header("cache-control") == "no-cache")
                #expect(answer.header("cross-origin-resource-policy") == "same-origin")
                let tag = try #require(answer.header("etag"))
                #expect(try await gateway.get("/docs/\(name)", headers: ["if-none-match": tag]).status == 304)
            }
        }
    }

    @Test("learn how people sign in, and whether this browser has a session, which no cache keeps")
    func options() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.get("/api/auth/options")
            #expect(answer.status == 200 && answer.header("cache-control") == "no-store")
            #expect(answer.json["identity_mode"]?.string == "development")
            #expect(answer.json["has_session"]?.bool == false && answer.json["browser_sign_in"]?.bool == false)
            let again = try await gateway.get("/api/auth/options", headers: ["cookie": "pentad_session=x"])
            #expect(again.json["has_session"]?.bool == true)
        }
    }
}
