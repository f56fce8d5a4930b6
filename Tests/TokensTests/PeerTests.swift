import Crypto
import Foundation
import JSON
import TestKit
import Testing

@testable import Tokens

/// Tests with PyJWT, cryptography and standardwebhooks on the other side.
enum Peer {
    static func ask(_ question: JSONValue) async throws -> JSONValue {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Support/peer.py")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tokens-\(Foundation.UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (request, answer) = (folder.appendingPathComponent("request"), folder.appendingPathComponent("answer"))
        try Data(question.serialise()).write(to: request)
        let (output, status) = try await TestProcess.run(TestPython.path!, [script.path, request.path, answer.path])
        try #require(status == 0, "\(output.suffix(2000))")
        return try JSONValue.parse([UInt8](Data(contentsOf: answer)))
    }
}

@Suite("Tokens and other libraries", .enabled(if: TestPython.path != nil, Comment(rawValue: TestPython.whyAbsent)))
struct PeerTests {
    @Test("PyJWT takes our tokens and keys, and we take its tokens")
    func interop() async throws {
        var keys: JSONObject = [:]
        let secret = SecureRandom.bytes(40)
        var ours = Minting.keys
        ours[.hs256] = try SigningKey(secret: secret)
        for (algorithm, key) in ours {
            let token = try Minting.issuer(key).issue(
                subject: "u1", audience: ["api"], lifetime: .seconds(60), roles: ["admin"], custom: ["n": "한"])
            var given: JSONObject = ["token": .string(token), "kid": .string(key.id)]
            given["pem"] = key.pem.map(JSONValue.string)
            if key.pem == nil { given["secret"] = .string(Base64.encode(secret)) }
            given["jwk"] = key.verification.jwk.map(JSONValue.object)
            keys[algorithm.rawValue] = .object(given)
        }
        let answer = try await Peer.ask(["work": "interop", "now": .number(Minting.now.seconds), "keys": .object(keys)])
        for (algorithm, key) in ours {
            let name = algorithm.rawValue
            #expect(answer["verified"]?[name]?["n"] == "한", "\(name): \(answer["verified"]?[name] ?? .null)")
            if algorithm != .hs256 { #expect(answer["jwks"]?[name]?["sub"] == "u1") }
            let made = try #require(answer["made"]?[name]?.string)
            let claims = try Minting.verifier(key).verify(made)
            #expect(claims.subject == "u2" && claims.audience == ["x", "api"])
            #expect(claims["name"]?.string == "김 \u{2028} \"q\"")
        }
    }

    @Test(
        "10,000 random tokens: nothing that PyJWT refuses is taken, and what it takes only where our rules are stricter"
    )
    func differential() async throws {
        let secret = SecureRandom.bytes(32)
        let key = try SigningKey(secret: secret)
        let answer = try await Peer.ask([
            "work": "differential", "seed": 8725, "count": 10_000, "secret": .string(Base64.encode(secret)),
            "kid": .string(key.id), "now": .number(Minting.now.seconds),
        ])
        let verifier = Minting.verifier(key)
        var (taken, refused, stricter) = (0, 0, 0)
        for entry in try #require(answer.array) {
            let token = try #require(entry["token"]?.string)
            let theirs = entry["theirs"]?.object
            switch Minting.refusal(token, verifier) {
            case nil:
                taken += 1
                #expect(theirs != nil, "we take what PyJWT refuses with \(entry["theirs"] ?? .null): \(token)")
            case let refusal?:
                refused += 1
                guard theirs != nil else { continue }
                stricter += 1
                // PyJWT takes any base64, other characters among it, and claims we know with other types.
                let isOurRule = [TokenError.malformed, .malformedClaims, .unsafeClaim, .wrongSignature].contains(
                    refusal)
                #expect(isOurRule, "\(refusal): \(token)")
            }
        }
        #expect(taken + refused == 10_000)
        #expect(taken > 1000 && refused > 1000)
        #expect(stricter < 1500, "\(stricter)")
    }

    @Test("standardwebhooks takes our signatures, and we take its")
    func webhooks() async throws {
        let secret = WebhookSecret.generate()
        let now = Timestamp.now
        let bodies = ["", "{}", #"{"a":"김연아 😀"}"#, String(repeating: "x", count: 100_000), "a.b.c\r\n"]
        let signer = try #require(WebhookSigner([WebhookSecret.generate(), secret]))
        var messages: [JSONValue] = []
        for (number, body) in bodies.enumerated() {
            let signed = try signer.sign(id: "msg_\(number)", at: now, body: Array(body.utf8))
            var headers: JSONObject = [:]
            for field in signed.fields { headers[field.name] = .string(field.value) }
            messages.append(["body": .string(body), "headers": .object(headers)])
        }
        let answer = try await Peer.ask([
            "work": "webhooks", "secret": .string(secret.text), "now": .number(now.seconds),
            "messages": .array(messages),
        ])
        #expect(answer["verified"]?.array == Array(repeating: true, count: bodies.count))
        let verifier = WebhookVerifier([secret], clock: { now })
        for (number, body) in bodies.enumerated() {
            let signature = try #require(answer["made"]?[number]?.string)
            let headers = WebhookHeaders(id: "msg_\(number)", timestamp: String(now.seconds), signature: signature)
            #expect(throws: Never.self) { try verifier.verify(headers, body: Array(body.utf8)) }
        }
    }
}
