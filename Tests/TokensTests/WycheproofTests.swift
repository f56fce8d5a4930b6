import Crypto
import JSON
import TestKit
import Testing

@testable import Tokens

@Suite("Wycheproof", .enabled(if: SharedData.hasWycheproof, Comment(rawValue: SharedData.whyAbsent)))
struct WycheproofTests {
    /// What the vectors call valid and we refuse, since RFC 8725's successor allows no other characters: a `?` in the
    /// header and one in the payload.
    static let stricter: Set<Int> = [372, 373]

    @Test("All 401 signatures are judged as they should be")
    func signatures() throws {
        let document = try SharedData.document("json_web_signature_test.json")
        var (count, accepted, unsupported) = (0, 0, 0)
        for group in try #require(document["testGroups"]?.array) {
            let jwk = try #require((group["public"] ?? group["private"])?.object)
            let cases = try #require(group["tests"]?.array)
            // Two tokens that are marked invalid for their padding came into the file without it, as another that is
            // marked valid.
            let valid = Set(cases.filter { $0["result"] == "valid" }.compactMap { $0["jws"]?.string })
            for test in cases {
                count += 1
                let id = try #require(test["tcId"]?.int)
                guard let token = test["jws"]?.string else {
                    #expect(test["result"] == "invalid", "a serialisation in JSON is valid: \(id)")
                    continue
                }
                let outcome = Self.outcome(token, jwk)
                let isValid = test["result"] == "valid" || valid.contains(token)
                if outcome == .unsupported {
                    unsupported += 1
                    let algorithm = jwk["alg"]?.string ?? "", curve = jwk["crv"]?.string ?? ""
                    let isForeign =
                        !["RS256", "ES256", "HS256", ""].contains(algorithm) || !["P-256", ""].contains(curve)
                    #expect(isForeign || !isValid, "\(id)")
                } else if Self.stricter.contains(id) {
                    #expect(outcome != .accepted, "\(id)")
                } else {
                    #expect((outcome == .accepted) == isValid, "\(id): \(outcome)")
                }
                if outcome == .accepted { accepted += 1 }
            }
        }
        #expect(count == 401)
        #expect(accepted == 20)
        #expect(unsupported > 0)
    }

    enum Outcome: Equatable {
        case accepted, unsupported, refused(String)
    }

    static func outcome(_ token: String, _ jwk: JSONObject) -> Outcome {
        do {
            _ = try JWS.verify(token, with: VerificationKey(jwk: jwk))
            return .accepted
        } catch let error as KeyError {
            return error == .unsupported ? .unsupported : .refused(error.code)
        } catch let error as TokenError {
            return .refused(error.code)
        } catch {
            return .refused("\(error)")
        }
    }

    @Test(
        "Key sets and keys are judged as they should be",
        arguments: ["json_web_key_test.json", "json_web_crypto_test.json"])
    func keys(file: String) throws {
        let document = try SharedData.document(file)
        var accepted = 0
        for group in try #require(document["testGroups"]?.array) {
            let key = try #require(group["public"] ?? group["private"])
            for test in try #require(group["tests"]?.array) {
                guard let token = test["jws"]?.string else { continue }
                let id = try #require(test["tcId"]?.int)
                let isAccepted = Self.isAccepted(token, key)
                if isAccepted { accepted += 1 }
                let algorithm = (key["keys"]?[0] ?? key)["alg"]?.string ?? ""
                let isForeign = ["HS384", "HS512"].contains(algorithm)
                #expect(isAccepted == (test["result"] == "valid" && !isForeign), "\(file) \(id)")
            }
        }
        #expect(accepted > 0)
    }

    private static func isAccepted(_ token: String, _ key: JSONValue) -> Bool {
        guard key["keys"] != nil else { return key.object.map { outcome(token, $0) == .accepted } ?? false }
        guard let bytes = try? key.serialise() else { return false }
        // A caller knows which kind of set he reads; the vectors do not, so either may take the token.
        let sets = [KeySet.Content.publicKeys, .secrets].compactMap { try? KeySet(jwks: bytes, content: $0) }
        guard let header = try? TokenHeader(Base64.decode(token.prefix { $0 != "." }, .url) ?? []) else { return false }
        return sets.contains { set in
            guard let key = header.keyID.flatMap({ set[$0] }) else { return false }
            return (try? JWS.verify(token, with: key)) != nil
        }
    }

    @Test("Codes of HMAC are those of the vectors")
    func hmac() throws {
        var count = 0
        for (group, test) in try Self.cases("hmac_sha256_test.json") {
            let size = try #require(group["tagSize"]?.int) / 8
            let key = HMAC.Key(try Self.bytes(test["key"]))
            let code = key.authenticate(try Self.bytes(test["msg"]))
            let isSame = ConstantTime.equal(Array(code[..<size]), try Self.bytes(test["tag"]))
            #expect(isSame == (test["result"] == "valid"), "\(test["tcId"] ?? .null)")
            count += 1
        }
        #expect(count == 174)
    }

    @Test(
        "Bare signatures are judged as they should be",
        arguments: [
            ("ed25519_test.json", 151), ("ecdsa_secp256r1_sha256_p1363_test.json", 262),
            ("rsa_signature_2048_sha256_test.json", 259),
        ])
    func bare(file: String, expected: Int) throws {
        var count = 0
        for (group, test) in try Self.cases(file) {
            let pem = try #require(group["publicKeyPem"]?.string)
            let key = try #require(SignatureKey(pem: pem))
            let isValid = key.verify(try Self.bytes(test["sig"]), of: try Self.bytes(test["msg"]))
            // "Acceptable" is one without the NULL in its DigestInfo; we do as OpenSSL does.
            if test["result"] != "acceptable" {
                #expect(isValid == (test["result"] == "valid"), "\(file) \(test["tcId"] ?? .null)")
            }
            count += 1
        }
        #expect(count == expected)
    }

    private static func cases(_ file: String) throws -> [(group: JSONValue, test: JSONValue)] {
        let groups = try #require(SharedData.document(file)["testGroups"]?.array)
        return groups.flatMap { group in (group["tests"]?.array ?? []).map { (group, $0) } }
    }

    private static func bytes(_ value: JSONValue?) throws -> [UInt8] {
        try #require(Hex.decode(value?.string ?? "-"))
    }
}
