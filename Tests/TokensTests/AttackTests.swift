import Crypto
import JSON
import Testing

@testable import Tokens

/// RFC 8725 section 2, its successor, and what gateways were seen to take.
@Suite("Attacks on tokens")
struct AttackTests {
    @Test("Headers that should not be are refused", arguments: Algorithm.allCases)
    func headers(algorithm: Algorithm) {
        let key = Minting.key(algorithm)
        let verifier = Minting.verifier(key)
        let cases: [(JSONObject, TokenError?)] = [
            ([:], nil),
            (["alg": "none"], .unsupportedAlgorithm), (["alg": "NoNe"], .unsupportedAlgorithm),
            (["alg": ""], .unsupportedAlgorithm), (["alg": "ES512"], .unsupportedAlgorithm),
            (["alg": "PS256"], .unsupportedAlgorithm),
            (["alg": .string(algorithm.rawValue.lowercased())], .unsupportedAlgorithm),
            (["alg": nil], .malformedHeader), (["alg": 1], .malformedHeader), (["alg": ["HS256"]], .malformedHeader),
            (["crit": ["x"]], .unsupportedExtension), (["crit": ["b64"], "b64": true], .unsupportedExtension),
            (["crit": []], .unsupportedExtension), (["crit": "exp"], .unsupportedExtension),
            (["typ": "refresh+jwt"], .wrongType), (["typ": "JWT"], .wrongType), (["typ": "logout+jwt"], .wrongType),
            (["typ": nil], .missingType), (["typ": 1], .malformedHeader), (["typ": "AT+JWT"], nil),
            (["typ": "application/at+jwt"], nil), (["typ": "at+jwt "], .wrongType),
            (["kid": nil], .missingKeyID), (["kid": "unknown"], .unknownKey),
            (["kid": "../../etc/passwd"], .unknownKey),
            (["kid": "' OR 1=1 --"], .unknownKey), (["kid": ""], .unknownKey), (["kid": 1], .malformedHeader),
            (["jku": "https://evil.test/jwks", "x5u": "https://evil.test/x5u"], nil),
        ]
        for (changes, error) in cases {
            let token = Minting.token(key, header: changes)
            #expect(Minting.refusal(token, verifier) == error, "\(algorithm): \(changes)")
        }
    }

    @Test("A key that the token brings along is not used")
    func embeddedKey() throws {
        let (ours, theirs) = (Minting.key(.es256), try SigningKey.generate(.es256, id: Minting.key(.es256).id))
        let jwk = JSONValue.object(theirs.verification.jwk!)
        let token = Minting.token(theirs, header: ["jwk": jwk, "jku": "https://evil.test"])
        #expect(Minting.refusal(token, Minting.verifier(ours)) == .wrongSignature)
    }

    @Test("A public key is not taken for an HMAC secret", arguments: [Algorithm.rs256, .es256, .eddsa])
    func confusion(algorithm: Algorithm) throws {
        let key = Minting.key(algorithm)
        guard case .public(let material) = key.verification.material else { return }
        let pem = material.publicPEM
        let jwk = JSONValue.object(key.verification.jwk!).description
        for secret in [pem, pem.trimmingSuffix("\n"), jwk] {
            let forged = try SigningKey(secret: Array(secret.utf8), id: key.id)
            #expect(Minting.refusal(Minting.token(forged), Minting.verifier(key)) == .wrongAlgorithm)
        }
    }

    @Test("An HS256 token that names another algorithm's key is refused, in a set with both")
    func boundAlgorithm() throws {
        let (rsa, secret) = (Minting.key(.rs256), Minting.key(.hs256))
        let keys = try KeySet([rsa.verification, secret.verification])
        let verifier = TokenVerifier(keys: keys, rules: Minting.rules, clock: { Minting.now })
        #expect(Minting.refusal(Minting.token(secret, header: ["kid": .string(rsa.id)]), verifier) == .wrongAlgorithm)
        #expect(Minting.refusal(Minting.token(rsa, header: ["kid": .string(secret.id)]), verifier) == .wrongAlgorithm)
        #expect(Minting.refusal(Minting.token(secret), verifier) == nil)
        #expect(Minting.refusal(Minting.token(rsa), verifier) == nil)
    }

    @Test("Signatures that are none of the key are refused", arguments: Algorithm.allCases)
    func signatures(algorithm: Algorithm) throws {
        let key = Minting.key(algorithm)
        let verifier = Minting.verifier(key)
        let token = Minting.token(key)
        let parts = token.split(separator: ".").map(String.init)
        let signature = Base64.decode(parts[2], .url)!
        func refusal(_ signature: [UInt8]) -> TokenError? {
            Minting.refusal(parts[0] + "." + parts[1] + "." + Base64.encode(signature, .url), verifier)
        }
        #expect(refusal(signature) == nil)
        #expect(refusal([]) == .wrongSignature)
        #expect(refusal([UInt8](repeating: 0, count: signature.count)) == .wrongSignature)
        #expect(refusal([UInt8](repeating: 0xff, count: signature.count)) == .wrongSignature)
        #expect(refusal(signature + [0]) == .wrongSignature)
        #expect(refusal(Array(signature.dropLast())) == .wrongSignature)
        #expect(refusal(Array(signature.reversed())) == .wrongSignature)
        for bit in stride(from: 0, to: signature.count * 8, by: 37) {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(refusal(changed) == .wrongSignature)
        }
        let other = try SigningKey.generate(algorithm, id: key.id)
        #expect(Minting.refusal(Minting.token(other), verifier) == .wrongSignature)
    }

    @Test("An ECDSA signature in DER is refused, the other of its two values is taken")
    func ecdsaForms() throws {
        let key = Minting.key(.es256)
        let parts = Minting.token(key).split(separator: ".").map(String.init)
        let raw = try #require(ECDSASignature(raw: Base64.decode(parts[2], .url)!))
        let der = parts[0] + "." + parts[1] + "." + Base64.encode(raw.der, .url)
        #expect(Minting.refusal(der, Minting.verifier(key)) == .wrongSignature)
        #expect(ECDSASignature(der: raw.der) == raw)
    }

    @Test("What is no compact JWS is refused")
    func shapes() {
        let key = Minting.key(.hs256)
        let verifier = Minting.verifier(key)
        let token = Minting.token(key)
        let parts = token.split(separator: ".").map(String.init)
        let json = #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#
        let malformed = [
            "", ".", "..", "...", "a", parts[0], parts[0] + "." + parts[1], token + ".", token + "." + parts[2],
            "." + token, parts[0] + ".." + parts[2] + ".x", json, "Bearer " + token, token + " ", token + "\n",
            token + "=", parts[0] + "==." + parts[1] + "." + parts[2], token + "\u{0}", token + "é",
            parts[0] + "+." + parts[1] + "." + parts[2], parts[0] + "/" + "." + parts[1] + "." + parts[2],
            "." + parts[1] + "." + parts[2], token + ".." + "x",
        ]
        for text in malformed {
            #expect(Minting.refusal(text, verifier) == .malformed, "\(text)")
        }
        for cut in 0..<token.utf8.count {
            #expect(Minting.refusal(String(token.prefix(cut)), verifier) != nil)
        }
    }

    @Test("A second spelling of the last byte is refused")
    func canonical() throws {
        let key = Minting.key(.hs256)
        let token = Minting.token(key)
        // 32 bytes end in a symbol of which two bits carry nothing.
        let last = try #require(token.utf8.last)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let value = try #require(alphabet.firstIndex(of: last))
        for bits in 1...3 {
            let other = String(token.dropLast()) + String(UnicodeScalar(alphabet[value | bits]))
            #expect(Minting.refusal(other, Minting.verifier(key)) == .malformed)
        }
    }

    @Test("A header that names a member twice is refused, whichever comes first")
    func twice() {
        let key = Minting.key(.hs256)
        let payload = JSONValue.object(Minting.claims()).description
        let id = key.id
        for header in [
            #"{"alg":"none","alg":"HS256","kid":"\#(id)","typ":"at+jwt"}"#,
            #"{"alg":"HS256","alg":"none","kid":"\#(id)","typ":"at+jwt"}"#,
            #"{"alg":"HS256","kid":"\#(id)","typ":"JWT","t\u0079p":"at+jwt"}"#,
            #"["HS256"]"#, "{}x", "", "\u{feff}{}",
        ] {
            let refusal = Minting.refusal(Minting.token(key, header: header, payload: payload), Minting.verifier(key))
            #expect(refusal == (header.isEmpty ? .malformed : .malformedHeader), "\(header)")
        }
    }

    @Test("A token over the limit is refused before it is looked at")
    func size() {
        let key = Minting.key(.hs256)
        let long = Minting.token(key, claims: ["pad": .string(String(repeating: "a", count: 8192))])
        #expect(Minting.refusal(long, Minting.verifier(key)) == .tooLarge)
        let fits = Minting.token(key, claims: ["pad": .string(String(repeating: "a", count: 5000))])
        #expect(Minting.refusal(fits, Minting.verifier(key)) == nil)
        let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        let header = JSONValue.object(Minting.header(key)).description
        let nested = Minting.token(key, header: header, payload: #"{"a":\#(deep)}"#)
        #expect(Minting.refusal(nested, Minting.verifier(key)) == .malformedClaims)
    }

    @Test("No refusal repeats anything of the token")
    func silence() {
        for error in TokenError.allCases {
            #expect(error.code.hasPrefix("token_") && !"\(error)".contains("eyJ"))
        }
        #expect(Set(TokenError.allCases.map(\.code)).count == TokenError.allCases.count)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        last == suffix ? String(dropLast()) : self
    }
}
