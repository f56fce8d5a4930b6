import Crypto
import Gateway
import HTTP
import JSON
import Loop
import Telemetry
import TestKit
import Testing

/// The paths of the five old servers, through the gateway with its own table.
@Suite("Every path of the old servers", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase))
struct SeedPathTests {
    static let paths: [(method: String, path: String, service: String)] = [
        ("POST", "/process", "pointcloud"), ("GET", "/job/42", "pointcloud"), ("GET", "/jobs", "pointcloud"),
        ("GET", "/pointcloud/jobs", "pointcloud"), ("POST", "/process_images", "splat"),
        ("GET", "/splat/jobs", "splat"),
        ("POST", "/api/upload-video/generate-url", "asr"), ("POST", "/api/upload-video/request-process", "asr"),
        ("POST", "/api/upload-video/result", "asr"), ("POST", "/api/upload-video/process-video", "asr"),
        ("GET", "/api/upload-video/status/42", "asr"), ("GET", "/asr/jobs/42/result", "asr"),
        ("POST", "/v1/audio/transcriptions", "asr"), ("PUT", "/image", "footprint-ocr"),
        ("PUT", "/ocr", "footprint-ocr"),
        ("GET", "/footprint/jobs", "footprint-ocr"), ("POST", "/api/annotations", "pacs-masks"),
        ("GET", "/api/annotations/1/mask-groups", "pacs-masks"),
        ("POST", "/api/annotations/1/mask-groups/2/upload-url", "pacs-masks"), ("GET", "/api/projects", "pacs-masks"),
        ("GET", "/api/projects/1/members", "pacs-masks"), ("GET", "/pacs/jobs", "pacs-masks"),
    ]

    private static let names = ["pointcloud", "splat", "asr", "footprint-ocr", "pacs-masks"]

    /// Five services, each of which answers everything with its name and the audience of the token that it got.
    private func withServices(_ body: ([String: String]) async throws -> Void) async throws {
        var settings: [String: String] = [:]
        var servers: [Server] = []
        defer { _ = servers }
        for name in Self.names {
            var routes = Routes(metrics: Metrics())
            routes.on(.get, "/health") { _ in .text("ok") }
            for method in Method.allCases {
                routes.on(method, "/**") { request in .text("\(name) \(Self.audience(request))") }
            }
            let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
            let port = try await server.start(port: 0)
            servers.append(server)
            let variable = String(name.uppercased().map { $0 == "-" ? "_" : $0 })
            settings["\(variable)_URL"] = "http://127.0.0.1:\(port)"
        }
        do {
            try await body(settings)
        } catch {
            for server in servers { await server.stop() }
            throw error
        }
        for server in servers { await server.stop() }
    }

    private static func audience(_ request: Request) -> String {
        let parts = (request.headers["authorization"] ?? "").split(separator: ".")
        guard parts.count == 3, let claims = Base64.decode(parts[1], .url),
            let audience = try? JSONValue.parse(claims)["aud"]
        else { return "-" }
        return audience.string ?? audience[0]?.string ?? "?"
    }

    @Test("reaches its service with a token made for that service, and is refused without one")
    func table() async throws {
        try await withServices { settings in
            try await TestService.with(GatewayService.self, settings: settings) { gateway in
                let login = try await gateway.request(
                    "POST", "/api/auth/login", headers: ["content-type": "application/json"],
                    body: Array(#"{"keycloak_id":"k1","username":"ann","email":"ann@example.com"}"#.utf8))
                let token = try #require(try JSONValue.parse(login.body)["token"]?.string)
                for (method, path, service) in Self.paths {
                    let refused = try await gateway.request(method, path)
                    #expect(refused.status == 401, "\(path)")
                    let answer = try await gateway.request(
                        method, path, headers: ["authorization": "Bearer \(token)"])
                    #expect(answer.status == 200, "\(path)")
                    #expect(answer.text == "\(service) \(service)", "\(path)")
                }
                let open = try await gateway.request("GET", "/status/health")
                #expect(open.text == "pointcloud -")
                let presigned = try await gateway.request("GET", "/objects/splat/a/b?X-Amz-Signature=x")
                #expect(presigned.text == "splat -")
            }
        }
    }
}
