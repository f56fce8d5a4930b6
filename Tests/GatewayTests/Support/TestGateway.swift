import Crypto
import Foundation
import Glibc
import HTTP
import JSON
import Loop
import Postgres
import Service
import TestKit
import Testing
import Tokens

@testable import Gateway

/// A gateway under test, with what tests ask it often.
enum TestGateway {
    static let hasDatabase = getenv("PENTAD_TEST_DATABASE_URL") != nil
    static let whyNoDatabase: Comment = "needs PENTAD_TEST_DATABASE_URL (./dev test sets it)"

    static let encryptionKey = SealingKey.generate()

    static func with(
        _ settings: [String: String] = [:], _ body: (TestService) async throws -> Void
    ) async throws {
        var all = [
            "KEY_ENCRYPTION_KEY": Base64.encode(encryptionKey.bytes), "SIGN_INS_PER_ACCOUNT": "100000",
            "SIGN_INS_PER_ADDRESS": "100000",
        ]
        all.merge(settings) { $1 }
        try await TestService.with(GatewayService.self, settings: all, body: body)
    }

    /// A second gateway on the same database.
    static func withAnother(
        _ first: TestService, _ settings: [String: String] = [:], _ body: (TestService) async throws -> Void
    ) async throws {
        let shared = ["DATABASE_URL": first.schema?.url ?? ""]
        try await with(shared.merging(settings) { $1 }, body)
    }

    /// The database behind a gateway.
    static func withDatabase<Result>(
        _ service: TestService, _ body: (Database) async throws -> Result
    ) async throws -> Result {
        let database = try Database(
            DatabaseSettings(url: try #require(service.schema?.url)), loops: TestService.loops,
            blocking: BlockingPool(maximumThreads: 2))
        defer { database.close() }
        return try await body(database)
    }

    /// The keys that a gateway signs with.
    static func rings(of service: TestService) async throws -> [KeyPurpose: KeyRing] {
        try await withDatabase(service) { database in
            try await SigningKeyStore(database: database, sealing: encryptionKey, timing: [:]).load()
        }
    }
}

extension TestService {
    func post(_ path: String, _ body: JSONValue, headers: Headers = [:]) async throws -> TestAnswer {
        var headers = headers
        headers["content-type"] = "application/json"
        return try await request("POST", path, headers: headers, body: try body.serialise())
    }

    /// Signs in as the seed shows it, and answers what came back.
    func signIn(
        _ account: String = "550e8400-e29b-41d4-a716-446655440000", _ more: JSONObject = [:]
    ) async throws -> JSONValue {
        var body: JSONObject = [
            "keycloak_id": .string(account), "username": "TestUser2", "email": "user2@example.com",
        ]
        for member in more { body[member.name] = member.value }
        let answer = try await post("/api/auth/login", .object(body))
        try #require(answer.status == 200, "\(answer.text)")
        return try JSONValue.parse(answer.body)
    }

    func me(_ token: String) async throws -> TestAnswer {
        try await get("/api/auth/me", headers: ["authorization": "Bearer \(token)"])
    }

    func refresh(_ token: String) async throws -> TestAnswer {
        try await post("/api/auth/refresh", ["refresh_token": .string(token)])
    }

    func form(_ path: String, _ fields: [(String, String)], headers: Headers = [:]) async throws -> TestAnswer {
        var headers = headers
        headers["content-type"] = "application/x-www-form-urlencoded"
        let body = fields.map { "\(PercentCoding.encode($0))=\(PercentCoding.encode($1))" }.joined(separator: "&")
        return try await request("POST", path, headers: headers, body: Array(body.utf8))
    }
}

extension TestAnswer {
    var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }
    var code: String? { json["code"]?.string }

    /// The value that a cookie was given.
    func cookie(_ name: String) -> String? {
        let line = headers.first { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix(name + "=") }?.value
        return line.map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
    }

    func cookieLine(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix(name + "=") }?.value
    }
}

/// A program in Python beside the tests, from `Support`.
enum PythonPeer {
    static func path(_ script: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(script).path
    }

    /// Asks a script one question by files.
    static func ask(_ script: String, _ question: JSONValue) async throws -> JSONValue {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let (request, answer) = (folder.path + "/request", folder.path + "/answer")
        try Data(question.serialise()).write(to: URL(fileURLWithPath: request))
        let (output, status) = try await TestProcess.run(TestPython.path!, [path(script), request, answer])
        try #require(status == 0, "\(output.suffix(2000))")
        return try JSONValue.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: answer))))
    }
}

/// The provider of the tests.
struct TestProvider: Sendable {
    let port: UInt16
    private let process: TestProcess

    var issuer: String { "http://127.0.0.1:\(port)" }

    static func with(_ body: (TestProvider) async throws -> Void) async throws {
        let process = try TestProcess(TestPython.path!, [PythonPeer.path("provider.py")])
        let output = try await process.read(until: " is open")
        let digits = try #require(output.firstMatch(of: #/port (\d+) is open/#)?.1, "\(output)")
        let provider = TestProvider(port: try #require(UInt16(digits)), process: process)
        defer { process.signal(SIGKILL) }
        try await body(provider)
    }

    func settings(_ more: [String: String] = [:]) -> [String: String] {
        [
            "IDENTITY_MODE": "oidc", "OIDC_ISSUER": issuer, "OIDC_AUDIENCE": "pentad-api", "OIDC_CLIENT_ID": "pentad",
            "OIDC_CLIENT_SECRET": "s:e c+r%t",
            "PUBLIC_URL": "http://gateway.test:8080",
        ].merging(more) { $1 }
    }

    func claims(_ changes: JSONObject = [:]) -> JSONObject {
        let now = Timestamp.now.seconds
        var claims: JSONObject = [
            "iss": .string(issuer), "aud": "pentad-api", "sub": "7e57-user", "exp": .number(now + 300),
            "iat": .number(now), "typ": "Bearer", "preferred_username": "김철수", "email": "kim@example.com",
        ]
        for member in changes { claims[member.name] = member.value.isNull ? JSONValue?.none : member.value }
        return claims
    }

    /// A token signed by the provider's key; a claim that is null is left out.
    func token(_ changes: JSONObject = [:], header: JSONObject = ["typ": "JWT"]) async throws -> String {
        let body: JSONValue = ["claims": .object(claims(changes)), "header": .object(header)]
        let answer = try await TestClient.request(
            port: port, "POST", "/test/token", headers: ["content-type": "application/json"],
            body: try body.serialise())
        try #require(answer.status == 200, "\(answer.text)")
        return answer.text
    }

    func rotate() async throws { _ = try await TestClient.request(port: port, "POST", "/test/rotate") }

    func setDown(_ isDown: Bool) async throws {
        _ = try await TestClient.request(port: port, "POST", "/test/down/\(isDown ? "yes" : "no")")
    }

    func fetches(_ path: String) async throws -> Int {
        let answer = try await TestClient.request(port: port, "GET", "/test/fetches")
        return answer.json[path]?.int ?? -1
    }
}
