import Crypto
import JSON

@testable import Tokens

/// A fixed instant, an issuer and a verifier that agree, and tokens spoilt on purpose.
enum Minting {
    static let now = Timestamp(seconds: 1_790_000_000)
    static let issuer = "https://gateway.test"
    static let rules = TokenVerifier.Rules(issuers: [issuer], audience: "api")

    static let keys: [Algorithm: SigningKey] = Dictionary(
        uniqueKeysWithValues: Algorithm.allCases.map { ($0, try! SigningKey.generate($0)) })

    static func key(_ algorithm: Algorithm) -> SigningKey { keys[algorithm]! }

    static func verifier(
        _ key: SigningKey, rules: TokenVerifier.Rules = rules, at now: Timestamp = now
    ) -> TokenVerifier {
        TokenVerifier(keys: KeySet(key.verification), rules: rules, clock: { now })
    }

    static func issuer(_ key: SigningKey) -> TokenIssuer {
        TokenIssuer(name: issuer, key: key, clock: { now }, makeID: { "jti-1" })
    }

    /// Claims that hold, with changes; null takes a claim out.
    static func claims(_ changes: JSONObject = [:]) -> JSONObject {
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": "u1", "aud": "api", "exp": .number(now.seconds + 300),
            "iat": .number(now.seconds), "jti": "t1",
        ]
        for change in changes { claims[change.name] = change.value.isNull ? Optional.none : .some(change.value) }
        return claims
    }

    static func header(_ key: SigningKey, _ changes: JSONObject = [:]) -> JSONObject {
        var header: JSONObject = [
            "alg": .string(key.algorithm.rawValue), "kid": .string(key.id), "typ": "at+jwt",
        ]
        for change in changes { header[change.name] = change.value.isNull ? Optional.none : .some(change.value) }
        return header
    }

    /// A token with this header and payload, well signed whatever they say.
    static func token(_ key: SigningKey, header: String, payload: String) -> String {
        let signed = Base64.encode(Array(header.utf8), .url) + "." + Base64.encode(Array(payload.utf8), .url)
        return signed + "." + Base64.encode(signature(key, signed), .url)
    }

    static func token(
        _ key: SigningKey, header changes: JSONObject = [:], claims: JSONObject = [:]
    ) -> String {
        token(
            key, header: JSONValue.object(header(key, changes)).description,
            payload: JSONValue.object(self.claims(claims)).description)
    }

    static func signature(_ key: SigningKey, _ signed: String) -> [UInt8] {
        var signed = signed
        return signed.withUTF8 { key.sign(UnsafeRawBufferPointer($0)) }
    }

    static func refusal(_ token: String, _ verifier: TokenVerifier) -> TokenError? {
        do throws(TokenError) {
            _ = try verifier.verify(token)
            return nil
        } catch {
            return error
        }
    }
}
