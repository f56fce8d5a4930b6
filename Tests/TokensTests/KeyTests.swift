import Crypto
import JSON
import Testing

@testable import Tokens

@Suite("Keys and their sets")
struct KeyTests {
    @Test("A key survives PEM, and its set the way to others", arguments: [Algorithm.eddsa, .es256, .rs256])
    func pem(algorithm: Algorithm) throws {
        let key = Minting.key(algorithm)
        let again = try SigningKey(pem: try #require(key.pem))
        #expect(again.id == key.id && again.algorithm == algorithm)
        let published = KeySet(again.verification).jwks()
        let text = String(decoding: published, as: UTF8.self)
        for name in ["d", "p", "q", "dp", "dq", "qi", "k"] { #expect(!text.contains("\"\(name)\":")) }
        let keys = try KeySet(jwks: published)
        let verifier = TokenVerifier(keys: keys, rules: Minting.rules, clock: { Minting.now })
        #expect(keys.skipped.isEmpty)
        #expect(Minting.refusal(Minting.token(key), verifier) == nil)
    }

    @Test("The id is the thumbprint of RFC 7638")
    func thumbprint() throws {
        let n = """
            0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn\
            jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM\
            QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz\
            KnqDKgw
            """
        let key = try VerificationKey(jwk: ["kty": "RSA", "n": .string(n), "e": "AQAB"])
        #expect(key.id == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    static let unfit: [(JSONObject, KeyError)] = [
        (["kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"], .unsupported),
        (["kty": "OKP", "crv": "Ed448", "x": "AA"], .unsupported),
        (["kty": "OKP", "crv": "X25519", "x": "AA"], .unsupported),
        (["kty": "AKP", "alg": "ML-DSA-44"], .unsupported),
        (["kty": "RSA", "alg": "RS512", "n": "AA", "e": "AQAB"], .unsupported),
        (["kty": "RSA", "use": "enc", "n": "AA", "e": "AQAB"], .notForSignatures),
        (["kty": "RSA", "key_ops": ["encrypt"], "n": "AA", "e": "AQAB"], .notForSignatures),
        (["kty": "OKP", "crv": "Ed25519", "x": "AA"], .malformed),
        (["kty": "OKP", "crv": "Ed25519", "x": 1], .malformed),
        (["kty": "OKP", "crv": "Ed25519"], .malformed),
        (["crv": "Ed25519"], .malformed),
        (["kty": "oct", "k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"], .unsupported),
    ]

    @Test("Keys that are unfit are left out of a set, and it says why", arguments: unfit.indices)
    func skipped(index: Int) throws {
        let good = JSONValue.object(Minting.key(.eddsa).verification.jwk!)
        let set: JSONValue = ["keys": [.object(Self.unfit[index].0), good], "more": true]
        let keys = try KeySet(jwks: set.serialise())
        #expect(keys.keys.map(\.id) == [Minting.key(.eddsa).id])
        #expect(keys.skipped == [Self.unfit[index].1])
    }

    @Test("Sets that cannot be read are refused")
    func refusedSets() throws {
        func error(_ text: String, content: KeySet.Content = .publicKeys) -> KeyError? {
            do throws(KeyError) {
                _ = try KeySet(jwks: text.utf8, content: content)
                return nil
            } catch {
                return error
            }
        }
        #expect(error("") == .malformed)
        #expect(error("[]") == .malformed)
        #expect(error(#"{"keys":{}}"#) == .malformed)
        #expect(error(#"{"keys":[],"keys":[]}"#) == .malformed)
        #expect(error(#"{"keys":[]}"#) == nil)
        #expect(error(#"{"keys":["# + Array(repeating: "{}", count: 33).joined(separator: ",") + "]}") == .tooManyKeys)
        #expect(error(String(repeating: " ", count: 300 << 10)) == .tooLarge)
        let jwk = JSONValue.object(Minting.key(.es256).verification.jwk!).description
        #expect(error(#"{"keys":[\#(jwk)]}"#, content: .secrets) == .mixedSet)
        let twice = try KeySet(jwks: Array(#"{"keys":[\#(jwk),\#(jwk)]}"#.utf8))
        #expect(twice.keys.isEmpty && twice.skipped == [.ambiguousID, .ambiguousID])
    }

    @Test("Weak keys are refused")
    func weak() throws {
        #expect(throws: KeyError.tooWeak) { try VerificationKey(secret: [UInt8](repeating: 1, count: 31)) }
        #expect(throws: KeyError.tooWeak) { try SigningKey.generate(.rs256, rsaBits: 1024) }
        let short = SignatureKey.generate(.rsa, rsaBits: 1024)
        #expect(throws: KeyError.tooWeak) { try VerificationKey(short) }
        #expect(throws: KeyError.tooWeak) { try SigningKey(pem: short.privatePEM!) }
        #expect(throws: KeyError.malformed) { try SigningKey(pem: short.publicPEM) }
        #expect(throws: KeyError.malformed) { try SigningKey(pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n") }
        #expect(throws: KeyError.malformedID) { try SigningKey.generate(.eddsa, id: "a\nb") }
    }

    @Test("A ring publishes a key before it signs and keeps it until its tokens have ended")
    func rotation() throws {
        let start = Minting.now
        let timing = KeyRing.Timing(publishAhead: .seconds(600), tokenLifetime: .seconds(900))
        let (one, two) = (try SigningKey.generate(id: "one"), try SigningKey.generate(id: "two"))
        var ring = KeyRing(one, at: start, timing: timing)
        try ring.rotate(to: two, at: start + .seconds(1000))
        func state(_ seconds: Int) -> [KeyRing.State] { ring.entries.map { $0.state(at: start + .seconds(seconds)) } }
        func signs(_ seconds: Int) -> String { ring.signingKey(at: start + .seconds(seconds)).id }
        func published(_ seconds: Int) -> [String] { ring.keySet(at: start + .seconds(seconds)).keys.map(\.id) }
        #expect(state(1000) == [.signing, .published])
        #expect(signs(1599) == "one" && published(1599) == ["one", "two"])
        #expect(state(1600) == [.verifying, .signing])
        #expect(signs(1600) == "two" && published(2499) == ["one", "two"])
        #expect(state(2500) == [.retired, .signing] && published(2500) == ["two"])
        #expect(ring.nextChange(after: start + .seconds(1000)) == start + .seconds(1600))
        #expect(ring.nextChange(after: start + .seconds(1600)) == start + .seconds(2500))
        #expect(ring.nextChange(after: start + .seconds(2500)) == nil)
        #expect(throws: KeyError.ambiguousID) { try ring.rotate(to: one, at: start + .seconds(1601)) }
        ring.prune(at: start + .seconds(2500))
        #expect(ring.entries.map(\.key.id) == ["two"])
        #expect(KeyRing(ring.entries, timing: timing)?.signingKey(at: start + .seconds(3000)).id == "two")
    }

    @Test("A key that is withdrawn is gone at once, and another signs")
    func withdrawal() throws {
        let start = Minting.now
        let keys = try ["one", "two", "three"].map { try SigningKey.generate(id: $0) }
        var ring = KeyRing(keys[0], at: start)
        try ring.rotate(to: keys[1], at: start)
        try ring.withdraw("one", replacement: keys[2], at: start + .seconds(10))
        #expect(ring.keySet(at: start + .seconds(10)).keys.map(\.id) == ["three", "two"])
        #expect(ring.signingKey(at: start + .seconds(10)).id == "three")
        #expect(ring.signingKey(at: start + .seconds(600)).id == "two")
        try ring.withdraw("two", replacement: keys[0], at: start + .seconds(20))
        #expect(ring.signingKey(at: start + .seconds(99_999)).id == "three")
    }
}
