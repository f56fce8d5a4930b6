import HTTP
import JSON
import Loop
import Postgres
import TestKit
import Testing

@testable import Gateway

@Suite("Sessions", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase), .timeLimit(.minutes(2)))
struct SessionTests {
    private func begin(_ gateway: TestService, _ account: String = "a") async throws -> (token: String, refresh: String)
    {
        let answer = try await gateway.signIn(account, ["refresh": true])
        return (try #require(answer["token"]?.string), try #require(answer["refresh_token"]?.string))
    }

    @Test("A refresh token is for those who ask, who then get a token of a short life")
    func begins() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.signIn("a", ["refresh": true])
            #expect(answer["expires_in"] == 900)
            #expect(answer["refresh_token"]?.string?.hasPrefix("rt_") == true)
            // Only its hash is stored.
            let found = try await TestGateway.withDatabase(gateway) { database in
                try await database.rows("SELECT refresh_tokens::text FROM refresh_tokens", as: String.self)
            }
            #expect(found.count == 1 && !found[0].contains(answer["refresh_token"]!.string!.dropFirst(3)))
        }
    }

    @Test("Each refresh gives a new token for an old one, which is used up")
    func rotates() async throws {
        try await TestGateway.with { gateway in
            var (token, refresh) = try await begin(gateway)
            for _ in 0..<3 {
                let answer = try await gateway.refresh(refresh)
                #expect(answer.status == 200 && answer.header("cache-control") == "no-store")
                let next = try #require(answer.json["refresh_token"]?.string)
                #expect(next != refresh)
                refresh = next
                token = try #require(answer.json["token"]?.string)
                #expect(try await gateway.me(token).status == 200)
            }
        }
    }

    @Test("A refresh token that is used again ends its session: tokens, refresh tokens, all of it, and no other")
    func reuse() async throws {
        try await TestGateway.with { gateway in
            let (stolen, first) = try await begin(gateway)
            let (other, otherRefresh) = try await begin(gateway)
            let honest = try await gateway.refresh(first)
            let token = try #require(honest.json["token"]?.string)
            let thief = try await gateway.refresh(first)
            #expect(thief.status == 401 && thief.code == "refresh_token_reused")
            let after = try await gateway.refresh(try #require(honest.json["refresh_token"]?.string))
            #expect(after.status == 401)
            for token in [stolen, token] {
                let answer = try await gateway.me(token)
                #expect(answer.status == 401 && answer.code == "token_revoked")
            }
            #expect(try await gateway.me(other).status == 200)
            #expect(try await gateway.refresh(otherRefresh).status == 200)
        }
    }

    @Test("Of twenty uses at the same time one succeeds, and the session is over")
    func race() async throws {
        try await TestGateway.with { gateway in
            let (_, refresh) = try await begin(gateway)
            let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                for _ in 0..<20 { group.addTask { try await gateway.refresh(refresh) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let succeeded = answers.filter { $0.status == 200 }
            #expect(succeeded.count == 1)
            #expect(answers.count { $0.status == 401 } == 19)
            let next = try #require(succeeded.first?.json["refresh_token"]?.string)
            #expect(try await gateway.refresh(next).status == 401)
        }
    }

    @Test("A client that loses answers is given a moment, where that is set")
    func grace() async throws {
        try await TestGateway.with(["REFRESH_GRACE": "30s"]) { gateway in
            let (_, refresh) = try await begin(gateway)
            #expect(try await gateway.refresh(refresh).status == 200)
            #expect(try await gateway.refresh(refresh).status == 200)
        }
    }

    @Test("A session ends when its time is over, however often it was refreshed")
    func expiry() async throws {
        try await TestGateway.with { gateway in
            let (_, refresh) = try await begin(gateway)
            try await TestGateway.withDatabase(gateway) { database in
                _ = try await database.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
            }
            let answer = try await gateway.refresh(refresh)
            #expect(answer.status == 401 && answer.code == "refresh_token_unknown")
        }
    }

    @Test("Signing out ends the token at once, and the session that it is of")
    func signOut() async throws {
        try await TestGateway.with { gateway in
            let plain = try #require(try await gateway.signIn()["token"]?.string)
            #expect(try await gateway.me(plain).status == 200)
            let out = try await gateway.request(
                "POST", "/api/auth/logout", headers: ["authorization": "Bearer \(plain)"])
            #expect(out.status == 204)
            #expect(try await gateway.me(plain).code == "token_revoked")

            let (token, refresh) = try await begin(gateway)
            _ = try await gateway.request("POST", "/api/auth/logout", headers: ["authorization": "Bearer \(token)"])
            #expect(try await gateway.me(token).status == 401)
            #expect(try await gateway.refresh(refresh).status == 401)

            let (later, last) = try await begin(gateway)
            let byRefresh = try await gateway.post("/api/auth/logout", ["refresh_token": .string(last)])
            #expect(byRefresh.status == 204)
            #expect(try await gateway.me(later).status == 401)

            #expect(try await gateway.post("/api/auth/logout", [:]).status == 401)
        }
    }

    @Test("Signing out everywhere ends what the user has by now, and nothing of others")
    func everywhere() async throws {
        try await TestGateway.with { gateway in
            let (one, oneRefresh) = try await begin(gateway)
            let (two, twoRefresh) = try await begin(gateway)
            let (stranger, _) = try await begin(gateway, "stranger")
            let out = try await gateway.post(
                "/api/auth/logout", ["everywhere": true], headers: ["authorization": "Bearer \(one)"])
            #expect(out.status == 204)
            for token in [one, two] { #expect(try await gateway.me(token).status == 401) }
            for refresh in [oneRefresh, twoRefresh] { #expect(try await gateway.refresh(refresh).status == 401) }
            #expect(try await gateway.me(stranger).status == 200)
            // Tokens say the second of their issue.
            try await eventually("he can sign in again") { try await gateway.me(begin(gateway).token).status == 200 }
        }
    }

    enum Ending: String, CaseIterable {
        case byToken, byRefreshToken, everywhere, byReuse
    }

    @Test("What ends a session ends one that is being refreshed, too", arguments: Ending.allCases)
    func endsWhileRefreshed(ending: Ending) async throws {
        try await TestGateway.with { gateway in
            for round in 0..<100 {
                let (token, old) = try await begin(gateway, "\(ending)-\(round)")
                let next = ending == .byReuse ? try await gateway.refresh(old).json["refresh_token"]?.string : old
                let refresh = try #require(next)
                async let refreshing = gateway.refresh(refresh)
                let ended =
                    switch ending {
                    case .byToken:
                        try await gateway.post("/api/auth/logout", [:], headers: ["authorization": "Bearer \(token)"])
                    case .byRefreshToken:
                        try await gateway.post("/api/auth/logout", ["refresh_token": .string(refresh)])
                    case .everywhere:
                        try await gateway.post(
                            "/api/auth/logout", ["everywhere": true], headers: ["authorization": "Bearer \(token)"])
                    case .byReuse: try await gateway.refresh(old)
                    }
                let refreshed = try await refreshing
                // A client whose refresh came first signs out with a token that is used; that ends its session all the same.
                #expect(ended.status == (ending == .byReuse ? 401 : 204))
                #expect(try await gateway.refresh(refresh).status == 401)
                guard refreshed.status == 200 else { continue }
                let newToken = try #require(refreshed.json["token"]?.string)
                #expect(try await gateway.me(newToken).status == 401, "round \(round)")
                let newRefresh = try #require(refreshed.json["refresh_token"]?.string)
                #expect(try await gateway.refresh(newRefresh).status == 401, "round \(round)")
            }
        }
    }

    @Test("A browser's session is a cookie that scripts and other sites have no use for")
    func cookies() async throws {
        try await TestGateway.with(["PUBLIC_URL": "https://pentad.example"]) { gateway in
            let answer = try await gateway.post(
                "/api/auth/login",
                ["keycloak_id": "a", "username": "u", "email": "u@x", "session": true],
                headers: ["sec-fetch-site": "same-origin"])
            #expect(answer.status == 200 && answer.json["refresh_token"] == nil)
            let line = try #require(answer.cookieLine("pentad_session"))
            for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/api/auth", "Max-Age="] {
                #expect(line.contains(part), "\(line)")
            }
            let cookie = try #require(answer.cookie("pentad_session"))
            let headers: Headers = ["cookie": "x=y; pentad_session=\(cookie)", "sec-fetch-site": "same-origin"]

            for foreign in [
                ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"], ["origin": "https://evil.example"],
            ] {
                var headers: Headers = ["cookie": "pentad_session=\(cookie)"]
                for (name, value) in foreign { headers[name] = value }
                #expect(try await gateway.request("POST", "/api/auth/refresh", headers: headers).status == 403)
                #expect(try await gateway.request("POST", "/api/auth/logout", headers: headers).status == 403)
            }

            let refreshed = try await gateway.request("POST", "/api/auth/refresh", headers: headers)
            #expect(refreshed.status == 200 && refreshed.json["refresh_token"] == nil)
            let token = try #require(refreshed.json["token"]?.string)
            let next = try #require(refreshed.cookie("pentad_session"))
            #expect(next != cookie)

            let out = try await gateway.request(
                "POST", "/api/auth/logout",
                headers: ["cookie": "pentad_session=\(next)", "origin": "https://pentad.example"])
            #expect(out.status == 204)
            #expect(out.cookieLine("pentad_session")?.contains("Max-Age=0") == true)
            #expect(try await gateway.me(token).status == 401)
        }
    }

    @Test("What one gateway revokes, another refuses without asking the database")
    func secondGateway() async throws {
        try await TestGateway.with { first in
            try await TestGateway.withAnother(first) { second in
                let (token, refresh) = try await begin(first)
                #expect(try await second.me(token).status == 200)
                _ = try await first.request("POST", "/api/auth/logout", headers: ["authorization": "Bearer \(token)"])
                try await eventually("it has heard") { try await second.me(token).code == "token_revoked" }
                #expect(try await second.refresh(refresh).status == 401)
            }
            // One that starts later knows it, too.
            let (token, _) = try await begin(first)
            _ = try await first.request("POST", "/api/auth/logout", headers: ["authorization": "Bearer \(token)"])
            try await TestGateway.withAnother(first) { third in
                let me = try await third.me(token)
                #expect(me.code == "token_revoked")
            }
        }
    }
}
