import Foundation
import HTTP
import JSON
import TestKit
import Testing

@testable import Gateway

/// The pages in a real browser. `PENTAD_TEST_PICTURES` names a folder for pictures of them.
@Suite(
    "The gateway's pages in a browser", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase),
    .enabled(if: Browser.path != nil, "needs Debian's chromium (./dev test installs it)"),
    .enabled(if: TestPython.path != nil, Comment(rawValue: TestPython.whyAbsent)), .timeLimit(.minutes(2)))
struct BrowserTests {
    @Test("sign in and out, and show services and jobs, within their policy and their origin")
    func console() async throws {
        try await withService { routes in
            routes.on(.get, "/asr/jobs") { _ in .json(bytes: Array(Self.jobs.utf8)) }
        } body: { url in
            let dead = "http://127.0.0.1:\(try FreePort.find())"
            let settings = ["ASR_URL": url, "SPLAT_URL": dead]
            try await TestGateway.with(try Browser.home(settings)) { gateway in
                try await eventually("the services were asked") {
                    let checks = try await gateway.get("/ready").json["checks"]
                    return checks?["asr"]?["status"]?.string == "up" && checks?["splat"]?["status"]?.string == "down"
                }
                let (seen, problems) = try await Browser.ask("console", gateway, ["jobs": 2])
                #expect(problems == [])
                #expect(seen["first_stop"]?.string == "Skip to the content")
                #expect(seen["markup"]?.int == 0)
                let services = seen["services"]?.object
                #expect(services?["Database"]?.string == "up")
                #expect(services?["Transcripts"]?.string == "up")
                #expect(services?["Gaussian scenes"]?.string == "down")
                #expect(services?["Point clouds"]?.string == "not configured")
                #expect(seen["jobs"]?[0]?.string?.contains("running") == true)
                #expect(seen["jobs"]?[1]?.string?.contains("<b>the video</b> has no sound") == true)
                #expect(
                    seen["notes"] == ["Point clouds: not configured", "Gaussian scenes: cannot be asked now"])
                #expect(seen["focused"]?.string == "account-title")
                // No script could take what it does not find.
                #expect(seen["storage"]?.string == #"[{},{},""]"#)
                #expect(seen["cookies"] == [])
            }
        }
    }

    private static let jobs = """
        {"jobs":[
            {"job_id":"00000000-0000-4000-8000-000000000001","kind":"transcribe","state":"running","progress":0.4,
             "stage":"listening","created_at":"2026-11-21T10:00:00.000Z"},
            {"job_id":"00000000-0000-4000-8000-000000000002","kind":"transcribe","state":"failed","progress":1,
             "error":{"code":"no_sound","message":"<b>the video</b> has no sound"},"created_at":"2026-11-20T10:00:00.000Z"}],
         "page":1,"page_size":20,"total":2,"total_pages":1}
        """

    @Test(
        "show the documented operations, and ask them with a token",
        .enabled(if: SwaggerPackage.folder != nil, SwaggerPackage.whyAbsent))
    func docs() async throws {
        let folder = try #require(SwaggerPackage.folder)
        try await TestGateway.with(try Browser.home(["SWAGGER_UI_DIR": folder])) { gateway in
            let token = try #require(try await gateway.signIn()["token"])
            let (seen, problems) = try await Browser.ask("docs", gateway, ["token": token])
            #expect(problems == [])
            #expect(seen["operations"]?.int ?? 0 >= 8)
            #expect(seen["answer"]?.string?.contains("TestUser2") == true)
            #expect(seen["storage"]?.string == #"[{},{},""]"#)
        }
    }

    @Test("sign in with an identity provider, and say when it refuses")
    func provider() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(try Browser.home(provider.settings())) { gateway in
                let others: JSONValue = [.string("127.0.0.1:\(provider.port)")]
                let (seen, problems) = try await Browser.ask("provider", gateway, ["others": others])
                #expect(problems == [])
                #expect(seen["address"]?.string == "\(gateway.baseURL)/")
                #expect(seen["denied"]?.string == "The identity provider did not sign you in.")
                #expect(seen["after"]?.string == "\(gateway.baseURL)/")
            }
        }
    }
}

enum Browser {
    static let path = FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium") ? "/usr/bin/chromium" : nil

    /// A gateway that is where it says to be: cookies and comings back depend on it.
    static func home(_ settings: [String: String]) throws -> [String: String] {
        let port = try FreePort.find()
        return settings.merging(["PORT": "\(port)", "PUBLIC_URL": "http://127.0.0.1:\(port)"]) { $1 }
    }

    static func ask(
        _ what: String, _ gateway: TestService, _ more: JSONObject
    ) async throws -> (seen: JSONValue, problems: JSONValue?) {
        var question = more
        question["what"] = .string(what)
        question["base"] = .string(gateway.baseURL)
        question["browser"] = .string(path ?? "")
        question["folder"] = ProcessInfo.processInfo.environment["PENTAD_TEST_PICTURES"].map { .string($0) } ?? .null
        let answer = try await PythonPeer.ask("browser.py", .object(question))
        return (answer["seen"] ?? .null, answer["problems"])
    }
}

/// Swagger UI where `./dev up` or `./dev test` put it.
enum SwaggerPackage {
    static let folder = ProcessInfo.processInfo.environment["PENTAD_TEST_SWAGGER_UI"].flatMap { $0.isEmpty ? nil : $0 }
    static let whyAbsent: Comment = "PENTAD_TEST_SWAGGER_UI names no folder with Swagger UI (./dev test does)"
}
