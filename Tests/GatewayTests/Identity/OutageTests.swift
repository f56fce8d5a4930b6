import Crypto
import HTTP
import JSON
import TestKit
import Testing

@testable import Gateway

@Suite(
    "The gateway without its database",
    .enabled(if: ThrowAwayPostgres.programs != nil, "needs a PostgreSQL server to stop"), .timeLimit(.minutes(3)))
struct OutageTests {
    @Test("goes on checking tokens, signs nobody in and says why, and recovers with what was revoked meanwhile")
    func databaseDown() async throws {
        let server = try await ThrowAwayPostgres.start()
        let settings = [
            "DATABASE_URL": server.url, "DATABASE_OUTAGE_TIMEOUT": "200ms", "IDENTITY_POLL_INTERVAL": "200ms",
        ]
        try await TestGateway.with(settings) { gateway in
            let token = try #require(try await gateway.signIn("a")["token"]?.string)
            let other = try #require(try await gateway.signIn("b")["token"]?.string)
            let revoked = try await gateway.request(
                "POST", "/api/auth/logout", headers: ["authorization": "Bearer \(other)"])
            #expect(revoked.status == 204)

            try await server.stop(.kill)
            for _ in 0..<20 {
                // The token holds; what it would read does not answer.
                let me = try await gateway.me(token)
                #expect(me.status == 503 && me.header("retry-after") != nil, "\(me.text)")
            }
            let gone = try await gateway.me(other)
            #expect(gone.status == 401 && gone.code == "token_revoked")
            #expect(try await gateway.get("/.well-known/jwks.json").status == 200)
            let login = try await gateway.post(
                "/api/auth/login", ["keycloak_id": "c", "username": "u", "email": "u@x"])
            #expect(login.status == 503 && login.code?.hasPrefix("database_") == true)
            #expect(try await gateway.get("/ready").status == 503)
            #expect(try await gateway.get("/health").status == 200)

            try await server.start()
            try await eventually(within: 20, "it works again") { try await gateway.me(token).status == 200 }
            #expect(try await gateway.me(other).status == 401)
            // Hears again what others say.
            try await TestGateway.with(settings) { second in
                _ = try await second.request(
                    "POST", "/api/auth/logout", headers: ["authorization": "Bearer \(token)"])
                try await eventually(within: 20, "it has heard") { try await gateway.me(token).status == 401 }
            }
        }
        try await server.stop()
    }
}
