import HTTP
import JSON
import Service
import TestKit
import Testing

@testable import Gateway
@testable import Tokens

/// RFC 8725 and its successor, over HTTP. The tokens are made by PyJWT and by hand, with the very key that the gateway signs
/// with, so that nothing but what is named is wrong with each.
@Suite(
    "Attacks on the gateway's tokens", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase),
    .enabled(if: TestPython.path != nil, Comment(rawValue: TestPython.whyAbsent)), .timeLimit(.minutes(3)))
struct AttackTests {
    @Test("Of all tokens that are wrong in one way none is taken")
    func corpus() async throws {
        try await TestGateway.with { gateway in
            let user = try await gateway.signIn()
            let rings = try await TestGateway.rings(of: gateway)
            let key = try #require(rings[.user]).signingKey(at: .now)
            let serviceKey = try #require(rings[.service]).signingKey(at: .now)
            let discovery = try await gateway.get("/.well-known/openid-configuration")
            let corpus = try await PythonPeer.ask(
                "attacks.py",
                [
                    "pem": .string(try #require(key.pem)), "kid": .string(key.id),
                    "jwk": .object(try #require(key.verification.jwk)),
                    "service_kid": .string(serviceKey.id), "other_pem": .string(try SigningKey.generate().pem!),
                    "iss": try #require(discovery.json["issuer"]), "aud": "pentad",
                    "sub": .string("\(user["user_id"]!.int!)"), "now": .number(Timestamp.now.seconds),
                ])
            let attacks = try #require(corpus.array)
            #expect(attacks.count > 120)
            for attack in attacks {
                let name = attack["name"]?.string ?? ""
                let token = try #require(attack["token"]?.string)
                let answer = try await gateway.me(token)
                if attack["ok"]?.bool == true {
                    #expect(answer.status == 200, "\(name): \(answer.text)")
                } else {
                    #expect(answer.status == 401, "\(name): \(answer.status) \(answer.text)")
                    #expect(answer.code?.hasPrefix("token_") == true, "\(name): \(answer.text)")
                    #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true, "\(name)")
                    #expect(!answer.text.contains(token.suffix(20)) || token.count < 40, "\(name) repeats the token")
                }
            }
        }
    }

    @Test("A token larger than a head is refused before it is read")
    func oversized() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.me(String(repeating: "x", count: 20_000))
            #expect(answer.status == 431)
        }
    }

    @Test("A token for a service is none for the gateway, and the other way round")
    func confusion() async throws {
        try await TestGateway.with { gateway in
            let user = try await gateway.signIn()
            let id = "\(user["user_id"]!.int!)"
            let rings = try await TestGateway.rings(of: gateway)
            let key = try #require(rings[.service]).signingKey(at: .now)
            // With a service's key, whatever the claims.
            for issuer in ["pentad-internal", "http://localhost:8080"] {
                for audience in ["pentad", "splat"] {
                    let token = try TokenIssuer(name: issuer, key: key).issue(
                        subject: id, audience: [audience], lifetime: .seconds(60))
                    #expect(try await gateway.me(token).code == "token_key_unknown")
                }
            }
            let jwks = try await TestClient.request(
                port: gateway.running.internalPort, "GET", InternalIdentitySettings.keysPath)
            let verifier = TokenVerifier(
                keys: try KeySet(jwks: jwks.body), rules: .init(issuers: ["pentad-internal"], audience: "splat"))
            #expect(throws: TokenError.unknownKey) { try verifier.verify(user["token"]!.string!) }
        }
    }

    @Test("Whoever claims to be somebody by a header is nobody")
    func headers() async throws {
        try await TestGateway.with { gateway in
            _ = try await gateway.signIn()
            for name in ["x-user-id", "x_user_id", "x-internal-user", "x-forwarded-user", "remote-user"] {
                var headers = Headers()
                headers[name] = "1"
                #expect(try await gateway.get("/api/auth/me", headers: headers).status == 401)
            }
            let twice = try await gateway.get(
                "/api/auth/me", headers: ["authorization": "Bearer a.b.c", "Authorization": "Bearer a.b.c"])
            #expect(twice.status == 400)
        }
    }
}
