import Crypto
import Glibc
import HTTP
import JSON
import TestKit
import Testing

@testable import Gateway

/// The commands as an operator types them, on the database of a gateway that runs.
@Suite(
    "The gateway's commands", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase),
    .timeLimit(.minutes(3)))
struct CommandTests {
    private func run(_ gateway: TestService, _ words: String...) async throws -> (output: String, status: Int32) {
        try await TestProcess.run(
            BuiltPrograms.path("gateway"), words,
            environment: [
                "DATABASE_URL": try #require(gateway.schema?.url),
                "KEY_ENCRYPTION_KEY": Base64.encode(TestGateway.encryptionKey.bytes), "KEY_PUBLISH_AHEAD": "0s",
            ])
    }

    @Test("keys rotate, list and withdraw change the keys of gateways that run")
    func keys() async throws {
        try await TestGateway.with { gateway in
            let old = try #require(try await gateway.signIn()["token"]?.string)
            let before = try await run(gateway, "keys", "list")
            #expect(before.status == 0 && before.output.split(separator: "\n").count == 2, "\(before.output)")
            let rotated = try await run(gateway, "keys", "rotate", "user")
            #expect(rotated.status == 0, "\(rotated.output)")
            let id = try #require(rotated.output.split(separator: " ").last?.dropLast())
            try await eventually("the new key is published") {
                try await gateway.get("/.well-known/jwks.json").text.contains(id)
            }
            #expect(try await gateway.me(old).status == 200)
            let listed = try await run(gateway, "keys", "list")
            #expect(listed.output.contains("verifying") && listed.output.contains(id))

            let withdrawn = try await run(gateway, "keys", "withdraw", String(id))
            #expect(withdrawn.status == 0, "\(withdrawn.output)")
            try await eventually("it is gone") {
                try await gateway.get("/.well-known/jwks.json").text.contains(id) == false
            }
            let unknown = try await run(gateway, "keys", "withdraw", "nothing")
            #expect(unknown.status == 1 && unknown.output.contains("there is no key nothing"))
        }
    }

    @Test("clients add prints a secret that works, and clients remove ends its tokens")
    func clients() async throws {
        try await TestGateway.with { gateway in
            let added = try await run(gateway, "clients", "add", "asr", "aud:splat", "worker")
            #expect(added.status == 0 && added.output.hasPrefix("cs_"), "\(added.output)")
            let secret = added.output.split(separator: "\n")[0]
            let fields = [
                ("grant_type", "client_credentials"), ("client_id", "asr"), ("client_secret", String(secret)),
            ]
            let answer = try await gateway.form("/api/auth/service-token", fields)
            let token = try #require(answer.json["access_token"]?.string)
            #expect(try await gateway.me(token).code == "not_a_user")
            let list = try await run(gateway, "clients", "list")
            #expect(list.output.hasPrefix("asr  used ") && list.output.contains("aud:splat worker"))
            #expect(try await run(gateway, "clients", "remove", "asr").status == 0)
            try await eventually("its token is refused") { try await gateway.me(token).status == 401 }
            #expect(try await gateway.form("/api/auth/service-token", fields).status == 401)
        }
    }

    @Test("users disable and enable, and users roles, act on those who are signed in")
    func users() async throws {
        try await TestGateway.with { gateway in
            let signedIn = try await gateway.signIn("kim", ["refresh": true])
            let token = try #require(signedIn["token"]?.string)
            #expect(try await run(gateway, "users", "disable", "kim").status == 0)
            try await eventually("his token is refused") { try await gateway.me(token).status == 401 }
            let body: JSONValue = ["keycloak_id": "kim", "username": "u", "email": "u@x"]
            let refused = try await gateway.post("/api/auth/login", body)
            #expect(refused.status == 403 && refused.code == "user_disabled")
            #expect(try await gateway.refresh(signedIn["refresh_token"]!.string!).status == 401)

            #expect(try await run(gateway, "users", "enable", "kim").status == 0)
            // Tokens say the second of their issue, and those up to the one of the ban are refused.
            try await eventually("he is back") {
                try await gateway.me(try await gateway.signIn("kim")["token"]!.string!).status == 200
            }
            #expect(try await gateway.me(token).status == 401, "the old token stays refused")
            #expect(try await run(gateway, "users", "roles", "kim", "admin", "editor").status == 0)
            try await eventually("he has the roles") {
                let token = try await gateway.signIn("kim")["token"]!.string!
                return try await gateway.me(token).json["roles"] == ["admin", "editor"]
            }
            let unknown = try await run(gateway, "users", "disable", "nobody")
            #expect(unknown.status == 1 && unknown.output.contains("there is no user"))
        }
    }

    @Test("that are none, or have other arguments, are explained")
    func wrong() async throws {
        let none = try await TestProcess.run(BuiltPrograms.path("gateway"), ["keys", "turn"])
        #expect(none.status == 2 && none.output == "gateway: no such command: \"keys turn\"; see --help\n")
        let usage = try await TestProcess.run(BuiltPrograms.path("gateway"), ["keys", "withdraw"])
        #expect(usage.status == 2 && usage.output == "usage: gateway keys withdraw KEY_ID\n")
        let help = try await TestProcess.run(BuiltPrograms.path("gateway"), ["--help"])
        #expect(help.output.contains("gateway keys rotate [user|service]"))
        let settings = try await TestProcess.run(BuiltPrograms.path("gateway"), ["keys", "list"])
        #expect(settings.status == 1 && settings.output.contains("DATABASE_URL is not set"))
    }
}
