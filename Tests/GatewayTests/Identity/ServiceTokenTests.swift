import Crypto
import HTTP
import JSON
import Loop
import Service
import TestKit
import Testing

@testable import Gateway
@testable import Tokens

@Suite(
    "Tokens of programs", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase), .timeLimit(.minutes(2)))
struct ServiceTokenTests {
    private func withClient(_ body: (TestService, _ secret: String) async throws -> Void) async throws {
        try await TestGateway.with { gateway in
            let secret = try await TestGateway.withDatabase(gateway) { database in
                try await ServiceClients(database: database).add("asr", audiences: ["splat"], roles: ["worker"])
            }
            try await body(gateway, secret)
        }
    }

    private func basic(_ name: String, _ secret: String) -> Headers {
        ["authorization": "Basic \(Base64.encode(Array("\(name):\(secret)".utf8)))"]
    }

    private let grant = ("grant_type", "client_credentials")

    @Test("are given for a name and a secret, in the head or in the form")
    func given() async throws {
        try await withClient { gateway, secret in
            let path = "/api/auth/service-token"
            for answer in [
                try await gateway.form(path, [grant], headers: basic("asr", secret)),
                try await gateway.form(path, [grant, ("client_id", "asr"), ("client_secret", secret)]),
            ] {
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.header("cache-control") == "no-store")
                #expect(answer.json["token_type"] == "Bearer" && answer.json["expires_in"] == 900)
                let me = try await gateway.me(try #require(answer.json["access_token"]?.string))
                #expect(me.status == 403 && me.code == "not_a_user")
            }
        }
    }

    @Test("are good for one service directly, where that was allowed, and for a minute")
    func forService() async throws {
        try await withClient { gateway, secret in
            let path = "/api/auth/service-token"
            let answer = try await gateway.form(path, [grant, ("audience", "splat")], headers: basic("asr", secret))
            #expect(answer.status == 200 && answer.json["expires_in"] == 60)
            let jwks = try await TestClient.request(
                port: gateway.running.internalPort, "GET", InternalIdentitySettings.keysPath)
            let verifier = TokenVerifier(
                keys: try KeySet(jwks: jwks.body),
                rules: .init(issuers: ["pentad-internal"], audience: "splat", maximumLifetime: .seconds(60)))
            let claims = try verifier.verify(try #require(answer.json["access_token"]?.string))
            #expect(claims.subject == "client:asr" && claims.roles == ["worker"])
            let other = try await gateway.form(
                path, [grant, ("audience", "pacs-masks")], headers: basic("asr", secret))
            #expect(other.status == 400 && other.code == "invalid_target")
        }
    }

    @Test("are refused otherwise, as RFC 6749 says")
    func refused() async throws {
        try await withClient { gateway, secret in
            let path = "/api/auth/service-token"
            let cases: [([(String, String)], Headers, Int, String)] = [
                ([grant], basic("asr", "wrong"), 401, "invalid_client"),
                ([grant], basic("nobody", secret), 401, "invalid_client"),
                ([grant], basic("' OR 1=1 --", secret), 401, "invalid_client"),
                ([grant], [:], 401, "invalid_client"),
                ([grant], ["authorization": "Basic !"], 401, "invalid_client"),
                ([grant], ["authorization": "Bearer x"], 401, "invalid_client"),
                (
                    [grant, ("client_id", "asr"), ("client_secret", secret)], basic("asr", secret), 400,
                    "invalid_request"
                ),
                ([grant, grant], basic("asr", secret), 400, "invalid_request"),
                ([("grant_type", "password")], basic("asr", secret), 400, "unsupported_grant_type"),
                ([], basic("asr", secret), 400, "unsupported_grant_type"),
            ]
            for (fields, headers, status, code) in cases {
                let answer = try await gateway.form(path, fields, headers: headers)
                #expect(answer.status == status && answer.code == code, "\(answer.text)")
                if status == 401 { #expect(answer.header("www-authenticate")?.hasPrefix("Basic ") == true) }
            }
            let json = try await gateway.post(path, ["grant_type": "client_credentials"])
            #expect(json.status == 415)
        }
    }
}

@Suite("Tokens for services behind the gateway")
struct InternalTokensTests {
    private let claims: Claims

    init() throws {
        let key = try SigningKey.generate()
        let token = try TokenIssuer(name: "gateway", key: key).issue(
            subject: "42", audience: ["pentad"], lifetime: .seconds(900), roles: ["admin"],
            custom: ["preferred_username": "김철수"])
        claims = try TokenVerifier(
            keys: KeySet(key.verification), rules: .init(issuers: ["gateway"], audience: "pentad")
        ).verify(token)
    }

    private func entry(_ text: String, until: Int64) -> InternalTokenCache.Entry {
        .init(fields: ["authorization": text], usableUntil: Timestamp(seconds: until))
    }

    @Test("A token is used again until half of its life is over, and there are only so many")
    func cache() {
        var cache = InternalTokenCache(capacity: 10)
        let key = InternalTokenCache.Key(tokenID: "a", service: "splat")
        cache.keep(entry("t", until: 30), for: key, at: Timestamp(seconds: 0))
        #expect(cache.fields(key, at: Timestamp(seconds: 29))?["authorization"] == "t")
        #expect(cache.fields(key, at: Timestamp(seconds: 30)) == nil)
        #expect(cache.fields(.init(tokenID: "a", service: "asr"), at: Timestamp(seconds: 1)) == nil)
        #expect(cache.fields(.init(tokenID: "b", service: "splat"), at: Timestamp(seconds: 1)) == nil)
        for number in 0..<1000 {
            cache.keep(entry("t", until: 30), for: .init(tokenID: "\(number)", service: "x"), at: Timestamp(seconds: 0))
            #expect(cache.count <= 10)
        }
    }

    @Test(
        "are for one service, for a minute at most, made once and used again, and end with the user's",
        .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase))
    func made() async throws {
        try await TestGateway.with { gateway in
            let rings = try await TestGateway.rings(of: gateway)
            let settings = try TestSettings.read(GatewayService.self, ["DATABASE_URL": "postgresql://x/y"])
            try await TestGateway.withDatabase(gateway) { database in
                let keys = try await SigningKeys.open(
                    SigningKeyStore(database: database, sealing: TestGateway.encryptionKey, timing: [:]),
                    algorithm: .eddsa)
                let clock = TestClock(.now)
                let tokens = InternalTokens(
                    TokenMint(keys: keys, settings: settings.identity.tokens), clock: { clock.now })
                func token(_ service: String) throws -> String {
                    let value = try tokens.fields(for: claims, service: service)["authorization"] ?? ""
                    #expect(value.hasPrefix("Bearer "))
                    return String(value.dropFirst("Bearer ".count))
                }
                let first = try token("splat")
                #expect(try token("splat") == first)
                #expect(try token("asr") != first)
                clock.advance(by: .seconds(29))
                #expect(try token("splat") == first)
                clock.advance(by: .seconds(1))
                #expect(try token("splat") != first)

                let ring = try #require(rings[.service])
                let rules = TokenVerifier.Rules(
                    issuers: ["pentad-internal"], audience: "splat", maximumLifetime: .seconds(60))
                let read = try TokenVerifier(keys: ring.keySet(at: .now), rules: rules).verify(first)
                #expect(read.subject == "42" && read.roles == ["admin"] && read.audience == ["splat"])
                #expect(read["preferred_username"] == "김철수")
                #expect(read.expiry == read.issuedAt! + .seconds(60))

                // Ten seconds before the user's own token ends.
                clock.advance(by: (claims.expiry - clock.now) - .seconds(10))
                let last = try token("splat")
                let lastRead = try TokenVerifier(keys: ring.keySet(at: .now), rules: rules).verify(last)
                #expect(lastRead.expiry - lastRead.issuedAt! <= .seconds(10))
            }
        }
    }
}
