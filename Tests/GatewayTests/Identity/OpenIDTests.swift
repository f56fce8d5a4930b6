import Crypto
import HTTP
import JSON
import Loop
import Postgres
import Telemetry
import TestKit
import Testing

@testable import Gateway

/// Against oidc-provider-mock, whose tokens and answers are made by Authlib.
@Suite(
    "Signing in with a provider", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase),
    .enabled(if: TestPython.path != nil, Comment(rawValue: TestPython.whyAbsent)), .timeLimit(.minutes(3)))
struct OpenIDTests {
    private func login(
        _ gateway: TestService, _ token: String?, account: String = "7e57-user", _ more: JSONObject = [:]
    ) async throws -> TestAnswer {
        var body: JSONObject = ["keycloak_id": .string(account)]
        for member in more { body[member.name] = member.value }
        var headers = Headers()
        headers["authorization"] = token.map { "Bearer \($0)" }
        return try await gateway.post("/api/auth/login", .object(body), headers: headers)
    }

    @Test("takes its access token, and name and address from that, not from the body")
    func accessToken() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(provider.settings()) { gateway in
                let answer = try await login(
                    gateway, try await provider.token(), ["username": "admin", "email": "admin@example.com"])
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["username"] == "김철수" && answer.json["email"] == "kim@example.com")
                #expect(answer.json["keycloak_id"] == "7e57-user")
                let me = try await gateway.me(try #require(answer.json["token"]?.string))
                #expect(me.json["username"] == "김철수")
                #expect(gateway.log.records(of: "identity_development_mode").isEmpty)
            }
        }
    }

    @Test("refuses every token that is not its access token for us and of this account")
    func refused() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(provider.settings(["SIGN_INS_PER_ACCOUNT": "1000"])) { gateway in
                let now = Timestamp.now.seconds
                let wrong: [(String, JSONObject, JSONObject)] = [
                    ("another issuer", ["iss": "http://127.0.0.1:1"], [:]), ("no issuer", ["iss": .null], [:]),
                    ("another audience", ["aud": "other"], [:]), ("our own audience", ["aud": "pentad"], [:]),
                    ("no audience", ["aud": .null], [:]),
                    ("expired", ["exp": .number(now - 60)], [:]), ("no end", ["exp": .null], [:]),
                    ("not yet valid", ["nbf": .number(now + 300)], [:]),
                    ("no subject", ["sub": .null], [:]),
                    ("an identity token", ["typ": "ID"], [:]), ("a refresh token", ["typ": "Refresh"], [:]),
                    ("an identity token of a plain provider", ["typ": .null, "nonce": "n"], [:]),
                    ("a logout token", ["typ": .null, "events": [:]], [:]),
                    ("another type", [:], ["typ": "logout+jwt"]), ("an unknown key", [:], ["kid": "unknown"]),
                    ("a path for a key", [:], ["kid": "../../jwks"]),
                ]
                for (name, claims, header) in wrong {
                    let token = try await provider.token(
                        claims, header: header["typ"] == nil ? header.with("typ", "JWT") : header)
                    let answer = try await login(gateway, token)
                    #expect(answer.status == 401, "\(name): \(answer.status) \(answer.text)")
                }
                let other = try await login(gateway, try await provider.token(), account: "somebody-else")
                #expect(other.status == 403 && other.code == "account_mismatch")
                let none = try await login(gateway, nil)
                #expect(none.status == 401 && none.code == "token_missing")
                let ours = try await login(gateway, try await provider.token())
                let own = try await login(gateway, try #require(ours.json["token"]?.string))
                #expect(own.status == 401, "our own token is not the provider's")
                let outcomes = try await TestGateway.withDatabase(gateway) { database in
                    try await database.rows("SELECT outcome FROM sign_ins WHERE method = 'token'", as: String.self)
                }
                #expect(outcomes.count == wrong.count + 4 && outcomes.contains("account_mismatch"))
            }
        }
    }

    @Test("counts attempts by account when they are the account's own, and by address always")
    func throttled() async throws {
        try await TestProvider.with { provider in
            let limits = ["SIGN_INS_PER_ACCOUNT": "2", "SIGN_INS_PER_ADDRESS": "8"]
            try await TestGateway.with(provider.settings(limits)) { gateway in
                for _ in 0..<4 { #expect(try await login(gateway, "wrong").status == 401) }
                let token = try await provider.token()
                for _ in 0..<2 { #expect(try await login(gateway, token).status == 200) }
                let third = try await login(gateway, token)
                #expect(third.status == 429 && third.code == "too_many_sign_ins")
                #expect(try await login(gateway, "wrong").status == 401)
                #expect(try await login(gateway, "wrong").status == 429)
            }
        }
    }

    @Test("follows the provider's keys as they turn in mid-traffic, and asks for them no more than it must")
    func rotation() async throws {
        try await TestProvider.with { provider in
            let settings = provider.settings(["SIGN_INS_PER_ACCOUNT": "100000", "SIGN_INS_PER_ADDRESS": "100000"])
            try await TestGateway.with(settings) { gateway in
                let old = try await provider.token()
                #expect(try await login(gateway, old).status == 200)
                #expect(try await provider.fetches("/jwks") == 1)
                let failures = Locked<[String]>([])
                let isRotated = Locked(false)
                let after = Locked(0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            while after.withLock({ $0 }) < 40 {
                                let began = isRotated.withLock { $0 }
                                let answer = try await login(gateway, try await provider.token())
                                if answer.status != 200 { failures.withLock { $0.append(answer.text) } }
                                if began { after.withLock { $0 += 1 } }
                            }
                        }
                    }
                    group.addTask {
                        try await provider.rotate()
                        isRotated.withLock { $0 = true }
                    }
                    try await group.waitForAll()
                }
                // A token that was signed just before the keys turned may come just after.
                #expect(failures.withLock { $0.count } <= 4, "\(failures.withLock { $0 })")
                #expect(try await provider.fetches("/jwks") == 2)
                #expect(try await login(gateway, old).status == 401, "its key is published no more")
                for number in 0..<30 {
                    let token = try await provider.token(header: ["typ": "JWT", "kid": .string("made-up-\(number)")])
                    #expect(try await login(gateway, token).status == 401)
                }
                #expect(try await provider.fetches("/jwks") == 2)
            }
        }
    }

    @Test("says so when the provider cannot be reached, and starts without it")
    func unreachable() async throws {
        try await TestProvider.with { provider in
            try await provider.setDown(true)
            try await TestGateway.with(provider.settings()) { gateway in
                let token = try await provider.token()
                let answer = try await login(gateway, token)
                #expect(answer.status == 503 && answer.code == "provider_unavailable")
                #expect(answer.header("retry-after") != nil)
                #expect(try await gateway.get("/ready").status == 503)
                try await provider.setDown(false)
                try await eventually("it is there again") { try await login(gateway, token).status == 200 }
            }
        }
    }

    @Test("takes roles from where the settings say they are, and only what can be a role")
    func roles() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(provider.settings(["OIDC_ROLES_CLAIM": "realm_access.roles"])) { gateway in
                let roles: JSONValue = ["roles": ["admin", "no role", "x\r\ny", 7, "editor"]]
                let answer = try await login(gateway, try await provider.token(["realm_access": roles]))
                let token = try #require(answer.json["token"]?.string)
                #expect(try await gateway.me(token).json["roles"] == ["admin", "editor"])
                let fewer = try await login(gateway, try await provider.token())
                #expect(try await gateway.me(try #require(fewer.json["token"]?.string)).json["roles"] == [])
            }
        }
    }

    // MARK: With a browser

    /// What a browser would do: follow to the provider, choose a user there, and come back with its cookies.
    private func visit(
        _ provider: TestProvider, _ gateway: TestService, returnTo: String = "/projects?x=1", user: String = "7e57-user"
    ) async throws -> (callback: String, cookie: String) {
        let path = "/api/auth/oidc/start?return_to=\(PercentCoding.encode(returnTo))"
        let start = try await gateway.get(path)
        try #require(start.status == 302, "\(start.text)")
        let location = try #require(start.header("location"))
        #expect(location.hasPrefix(provider.issuer + "/"))
        let line = try #require(start.cookieLine("pentad_sign_in"))
        for part in ["HttpOnly", "SameSite=Lax", "Path=/api/auth/oidc", "Max-Age=600"] { #expect(line.contains(part)) }
        let target = String(location.dropFirst(provider.issuer.count))
        let chosen = try await TestClient.request(
            port: provider.port, "POST", target, headers: ["content-type": "application/x-www-form-urlencoded"],
            body: Array("sub=\(user)".utf8))
        try #require(chosen.status == 302, "\(chosen.text.prefix(500))")
        let back = try #require(chosen.header("location"))
        #expect(back.hasPrefix("http://gateway.test:8080/api/auth/oidc/callback?"))
        return (
            String(back.dropFirst("http://gateway.test:8080".count)),
            "pentad_sign_in=\(try #require(start.cookie("pentad_sign_in")))"
        )
    }

    @Test("A browser goes to the provider and comes back with a session")
    func browser() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(provider.settings()) { gateway in
                let (callback, cookie) = try await visit(provider, gateway)
                let done = try await gateway.get(callback, headers: ["cookie": cookie])
                #expect(done.status == 302 && done.header("location") == "/projects?x=1", "\(gateway.log.json)")
                #expect(done.cookieLine("pentad_sign_in")?.contains("Max-Age=0") == true)
                let session = try #require(done.cookie("pentad_session"))
                let refreshed = try await gateway.request(
                    "POST", "/api/auth/refresh",
                    headers: ["cookie": "pentad_session=\(session)", "sec-fetch-site": "same-origin"])
                #expect(refreshed.status == 200, "\(refreshed.text)")
                #expect(refreshed.json["username"] == "김철수" && refreshed.json["email"] == "kim@example.com")
                #expect(refreshed.json["keycloak_id"] == "7e57-user")
                #expect(try await gateway.me(try #require(refreshed.json["token"]?.string)).status == 200)

                // A code is good once, and so is the way back with it.
                let again = try await gateway.get(callback, headers: ["cookie": cookie])
                #expect(again.header("location")?.contains("#sign_in_error=") == true)
                #expect(again.cookie("pentad_session") == nil)
            }
        }
    }

    private func tampered(_ cookie: String) -> String {
        var letters = Array(cookie)
        letters[60] = letters[60] == "A" ? "B" : "A"
        return String(letters)
    }

    @Test("A way back that this browser did not begin leads nowhere")
    func forged() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(provider.settings()) { gateway in
                let (callback, cookie) = try await visit(provider, gateway)
                let (other, otherCookie) = try await visit(provider, gateway)
                let attempts: [(String, Headers)] = [
                    (callback, [:]), (callback, ["cookie": otherCookie]), (other, ["cookie": cookie]),
                    (callback, ["cookie": tampered(cookie)]), (callback, ["cookie": "pentad_sign_in=x"]),
                    ("/api/auth/oidc/callback?code=x", ["cookie": cookie]), ("/api/auth/oidc/callback", [:]),
                ]
                for (path, headers) in attempts {
                    let answer = try await gateway.get(path, headers: headers)
                    #expect(answer.status == 400 && answer.cookie("pentad_session") == nil, "\(path): \(answer.text)")
                }
                // Sealed by another gateway's key, and too old.
                let old = PendingSignIn.begin(returnTo: "/", at: .now - .seconds(601))
                let key = TestGateway.encryptionKey.derived(for: "cookies")
                for sealed in [
                    old.sealed(by: key), PendingSignIn.begin(returnTo: "/", at: .now).sealed(by: .generate()),
                ] {
                    let answer = try await gateway.get(
                        "/api/auth/oidc/callback?code=x&state=\(old.state)",
                        headers: ["cookie": "pentad_sign_in=\(sealed)"])
                    #expect(answer.status == 400)
                }
            }
        }
    }

    @Test("What the provider refuses is told to the page that is come back to")
    func denied() async throws {
        try await TestProvider.with { provider in
            try await TestGateway.with(provider.settings()) { gateway in
                let pending = PendingSignIn.begin(returnTo: "/here", at: .now)
                let cookie = pending.sealed(by: TestGateway.encryptionKey.derived(for: "cookies"))
                for query in ["error=access_denied&state=\(pending.state)", "code=unknown&state=\(pending.state)"] {
                    let answer = try await gateway.get(
                        "/api/auth/oidc/callback?\(query)", headers: ["cookie": "pentad_sign_in=\(cookie)"])
                    #expect(answer.status == 302)
                    #expect(answer.header("location")?.hasPrefix("/here#sign_in_error=provider_") == true)
                    #expect(answer.cookie("pentad_session") == nil)
                }
            }
        }
    }

    @Test(
        "Who signs in comes back to a path of ours and nowhere else",
        arguments: [
            "https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "evil", "", "/a\r\nX: y",
            "javascript:alert(1)", "/%", "/a b", "/é",
        ])
    func returnPaths(path: String) {
        #expect(ReturnPath.isSafe(path) == (path == "/%"))
    }
}

extension JSONObject {
    fileprivate func with(_ name: String, _ value: JSONValue) -> JSONObject {
        var copy = self
        copy[name] = value
        return copy
    }
}
