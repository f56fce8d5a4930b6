import HTTP
import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Gateway

@Suite("Signing in", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase), .timeLimit(.minutes(2)))
struct SignInTests {
    private let account = "550e8400-e29b-41d4-a716-446655440000"

    @Test("answers to the letter what the old server did")
    func seed() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.post(
                "/api/auth/login",
                ["keycloak_id": .string(account), "username": "TestUser2", "email": "user2@example.com"])
            #expect(answer.status == 200)
            #expect(answer.header("cache-control") == "no-store")
            #expect(answer.header("set-cookie") == nil)
            let body = answer.json
            #expect(
                body.object?.names == [
                    "user_id", "keycloak_id", "username", "email", "token", "token_type", "expires_in",
                ])
            #expect(body["user_id"]?.int == 1)
            #expect(body["keycloak_id"]?.string == account)
            #expect(body["username"] == "TestUser2" && body["email"] == "user2@example.com")
            #expect(body["token_type"] == "Bearer" && body["expires_in"] == 86400)
            let token = try #require(body["token"]?.string)
            #expect(token.split(separator: ".").count == 3)

            let me = try await gateway.me(token)
            #expect(me.status == 200)
            #expect(me.json["user_id"] == 1 && me.json["keycloak_id"]?.string == account)
            #expect(me.json["roles"] == [])
        }
    }

    @Test("gives each account one number, and keeps it up to date")
    func upsert() async throws {
        try await TestGateway.with { gateway in
            let first = try await gateway.signIn()
            let again = try await gateway.signIn(account, ["username": "Renamed", "email": "new@example.com"])
            #expect(again["user_id"] == first["user_id"] && again["username"] == "Renamed")
            // No number is used up by those who come again.
            #expect(try await gateway.signIn("another")["user_id"] == 2)
            let numbers = try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<16 {
                    group.addTask { try await gateway.signIn("at the same time")["user_id"]?.int }
                }
                return try await group.reduce(into: Set<Int?>()) { $0.insert($1) }
            }
            #expect(numbers.count == 1)
        }
    }

    @Test(
        "says what is wrong with a body",
        arguments: [
            (#"{"username":"u","email":"u@x"}"#, "keycloak_id"),
            (#"{"keycloak_id":"","username":"u","email":"u@x"}"#, "keycloak_id"),
            (#"{"keycloak_id":"k","email":"u@x"}"#, "username"),
            (#"{"keycloak_id":"k","username":"u"}"#, "email"),
            (#"{"keycloak_id":"k","username":"u","email":"nobody"}"#, "email"),
            (#"{"keycloak_id":"k","username":"a\u0000b","email":"u@x"}"#, "username"),
            (#"{"keycloak_id":7,"username":"u","email":"u@x"}"#, "keycloak_id"),
        ])
    func wrongBodies(body: String, field: String) async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.request(
                "POST", "/api/auth/login", headers: ["content-type": "application/json"], body: Array(body.utf8))
            #expect(answer.status == 400)
            #expect(answer.json["details"]?[0]?["field"]?.string?.contains(field) == true, "\(answer.text)")
        }
    }

    @Test("is refused on an address that others reach, unless it is forced")
    func loopbackAlone() async throws {
        for host in ["0.0.0.0", "::", "192.168.1.1"] {
            let error = #expect(throws: (any Error).self) {
                try TestSettings.read(
                    GatewayService.self, ["DATABASE_URL": "postgresql://x/y", "HOST": host])
            }
            #expect("\(try #require(error))".contains("anybody can sign in as anybody"))
        }
        for (host, more) in [
            ("127.0.0.1", [:]), ("localhost", [:]), ("::1", [:]), ("127.8.9.1", [:]),
            ("0.0.0.0", ["IDENTITY_FORCE_DEVELOPMENT": "true"]),
            ("0.0.0.0", ["IDENTITY_MODE": "oidc", "OIDC_ISSUER": "https://sso.example", "OIDC_AUDIENCE": "a"]),
        ] {
            let settings = ["DATABASE_URL": "postgresql://x/y", "HOST": host].merging(more) { $1 }
            #expect(throws: Never.self) { try TestSettings.read(GatewayService.self, settings) }
        }
    }

    @Test("is loud about believing everybody")
    func warning() async throws {
        try await TestGateway.with { gateway in
            #expect(gateway.log.records(of: "identity_development_mode").count == 1)
        }
    }

    @Test("is written down, with who, how, from where and whether he got in")
    func audit() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.signIn(account, ["refresh": true])
            _ = try await gateway.refresh("rt_unknown")
            struct Line: Decodable, Equatable, Sendable {
                let userID: Int?
                let account, method, address, outcome: String

                enum CodingKeys: String, CodingKey {
                    case userID = "user_id"
                    case account, method, address, outcome
                }
            }
            let lines = try await TestGateway.withDatabase(gateway) { database in
                try await database.rows(
                    "SELECT user_id, account, method, address, outcome FROM sign_ins ORDER BY at", as: Line.self)
            }
            #expect(
                lines == [
                    Line(
                        userID: answer["user_id"]?.int, account: account, method: "development",
                        address: "127.0.0.1", outcome: "ok"),
                    Line(
                        userID: nil, account: "", method: "refresh", address: "127.0.0.1",
                        outcome: "refresh_token_unknown"),
                ])
        }
    }

    @Test("is bounded by account and by address, and says when to come again")
    func throttled() async throws {
        try await TestGateway.with(["SIGN_INS_PER_ACCOUNT": "3", "SIGN_INS_PER_ADDRESS": "8"]) { gateway in
            for _ in 0..<3 { _ = try await gateway.signIn("one") }
            let body: JSONValue = ["keycloak_id": "one", "username": "u", "email": "u@x"]
            let fourth = try await gateway.post("/api/auth/login", body)
            #expect(fourth.status == 429 && fourth.code == "too_many_sign_ins")
            #expect((1...20).contains(Int(fourth.header("retry-after") ?? "") ?? 0))
            for number in 0..<4 { _ = try await gateway.signIn("other \(number)") }
            let ninth = try await gateway.post(
                "/api/auth/login", ["keycloak_id": "ninth", "username": "u", "email": "u@x"])
            #expect(ninth.status == 429)
        }
    }

    @Test("is open to pages of the origins that are allowed, which are told so before they ask")
    func preflight() async throws {
        try await TestGateway.with(["CORS_ORIGINS": "https://viewer.example"]) { gateway in
            let asked: Headers = [
                "origin": "https://viewer.example", "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            ]
            let answer = try await gateway.request("OPTIONS", "/api/auth/login", headers: asked)
            #expect(answer.status == 204)
            #expect(answer.header("access-control-allow-origin") == "https://viewer.example")
            #expect(answer.header("access-control-allow-methods")?.contains("POST") == true)
            #expect(answer.header("access-control-allow-headers") == "content-type")
        }
    }

    @Test("All addresses of one network of IPv6 are one")
    func networks() {
        #expect(ClientAddress.network(of: "192.0.2.1") == "192.0.2.1")
        #expect(ClientAddress.network(of: "2001:db8:1:2:3:4:5:6") == ClientAddress.network(of: "2001:db8:1:2::1"))
        #expect(ClientAddress.network(of: "2001:db8:1:2::1") != ClientAddress.network(of: "2001:db8:1:3::1"))
    }
}
