import Crypto
import JSON
import Testing

@testable import Tokens

@Suite("Verifying tokens")
struct VerifierTests {
    @Test("A token of each algorithm is made and verified", arguments: Algorithm.allCases)
    func roundTrip(algorithm: Algorithm) throws {
        let key = Minting.key(algorithm)
        let token = try Minting.issuer(key).issue(
            subject: "u1", audience: ["api", "files"], lifetime: .seconds(300), roles: ["admin", "editor"],
            scope: "jobs:read jobs:write", custom: ["tenant": "t1", "name": "김연아 \"x\""])
        let claims = try Minting.verifier(key).verify(token)
        #expect(claims.issuer == Minting.issuer)
        #expect(claims.subject == "u1")
        #expect(claims.audience == ["api", "files"])
        #expect(claims.expiry == Minting.now + .seconds(300))
        #expect(claims.notBefore == Minting.now)
        #expect(claims.issuedAt == Minting.now)
        #expect(claims.id == "jti-1")
        #expect(claims.roles == ["admin", "editor"])
        #expect(claims.scopes == ["jobs:read", "jobs:write"])
        #expect(claims["tenant"] == "t1")
        #expect(claims["name"]?.string == "김연아 \"x\"")
        struct Own: Decodable, Equatable { var tenant: String }
        let own = try claims.decode(Own.self)
        #expect(own == Own(tenant: "t1"))
    }

    @Test("Flat claims read as the same as spelt-out ones")
    func flatAndNot() throws {
        let key = Minting.key(.hs256)
        let flat = Minting.token(key, claims: ["roles": ["a", "b"], "scope": "x"])
        let nested = Minting.token(key, claims: ["roles": ["a", "b"], "scope": "x", "more": ["deep": [1, 2]]])
        let (one, other) = (
            try Minting.verifier(key).verify(flat), try Minting.verifier(key).verify(nested)
        )
        #expect(one.issuer == other.issuer && one.subject == other.subject && one.audience == other.audience)
        #expect(one.roles == other.roles && one.scope == other.scope && one.id == other.id)
        #expect(one.expiry == other.expiry && one.issuedAt == other.issuedAt)
        #expect(other.roles == ["a", "b"])
    }

    struct Wrong: Sendable {
        let name: String
        let claims: JSONObject
        let error: TokenError?

        init(_ name: String, _ claims: JSONObject, _ error: TokenError?) {
            (self.name, self.claims, self.error) = (name, claims, error)
        }
    }

    static let second = Minting.now.seconds

    static let claimCases: [Wrong] = [
        .init("as it should be", [:], nil),
        .init("no exp", ["exp": nil], .missingExpiry),
        .init("exp as a string", ["exp": "1790000300"], .malformedClaims),
        .init("exp with a fraction", ["exp": .number(JSONNumber(literal: "1790000300.5")!)], .malformedClaims),
        .init("exp as 1.0", ["exp": .number(JSONNumber(literal: "1790000300.0")!)], .malformedClaims),
        .init("exp with an exponent", ["exp": .number(JSONNumber(literal: "2e9")!)], .malformedClaims),
        .init("exp below zero", ["exp": -1], .malformedClaims),
        .init("exp beyond the calendar", ["exp": .number(Int.max)], .malformedClaims),
        .init(
            "exp of thirty digits", ["exp": .number(JSONNumber(literal: "179000030000000000000000000000")!)],
            .malformedClaims),
        .init("exp just within the leeway", ["exp": .number(second - 29)], nil),
        .init("exp at the end of the leeway", ["exp": .number(second - 30)], .expired),
        .init("nbf at the end of the leeway", ["nbf": .number(second + 30)], nil),
        .init("nbf past the leeway", ["nbf": .number(second + 31)], .notYetValid),
        .init("nbf in an hour", ["nbf": .number(second + 3600)], .notYetValid),
        .init("nbf as a string", ["nbf": "0"], .malformedClaims),
        .init("iat in an hour", ["iat": .number(second + 3600)], .issuedInFuture),
        .init("iat as a boolean", ["iat": true], .malformedClaims),
        .init("no iat", ["iat": nil], nil),
        .init("another issuer", ["iss": "https://gateway.test.evil"], .wrongIssuer),
        .init("an issuer of other case", ["iss": "https://Gateway.test"], .wrongIssuer),
        .init("no issuer", ["iss": nil], .wrongIssuer),
        .init("issuers as a list", ["iss": [.string(Minting.issuer)]], .malformedClaims),
        .init("another audience", ["aud": "files"], .wrongAudience),
        .init("an audience that begins with ours", ["aud": "api2"], .wrongAudience),
        .init("no audience", ["aud": nil], .wrongAudience),
        .init("an empty list of audiences", ["aud": []], .wrongAudience),
        .init("one of several audiences", ["aud": ["files", "api"]], nil),
        .init("an audience that is no string", ["aud": [1, "api"]], .malformedClaims),
        .init("audience as an object", ["aud": ["api": "api"]], .malformedClaims),
        .init("no subject", ["sub": nil], .missingSubject),
        .init("a number as the subject", ["sub": 42], .malformedClaims),
        .init("an empty subject", ["sub": ""], .unsafeClaim),
        .init("a subject with a line end", ["sub": "u1\r\nX-Tenant-Id: evil"], .unsafeClaim),
        .init("a subject with a blank", ["sub": "u 1"], .unsafeClaim),
        .init("a Korean subject", ["sub": "김"], .unsafeClaim),
        .init("a subject of 128 characters", ["sub": .string(String(repeating: "a", count: 128))], nil),
        .init("a subject of 129 characters", ["sub": .string(String(repeating: "a", count: 129))], .unsafeClaim),
        .init("a jti with a NUL", ["jti": "a\u{0}b"], .unsafeClaim),
        .init("a role with a comma", ["roles": ["admin,root"]], .unsafeClaim),
        .init("a role that is no string", ["roles": ["admin", 1]], .malformedClaims),
        .init("roles as one string", ["roles": "admin"], .malformedClaims),
        .init("a scope with a line end", ["scope": "a\nb"], .unsafeClaim),
        .init("a scope with two blanks", ["scope": "a  b"], .unsafeClaim),
    ]

    @Test("Claims are held to the rules", arguments: claimCases.indices)
    func claims(index: Int) throws {
        let wrong = Self.claimCases[index]
        let key = Minting.key(.hs256)
        let token = Minting.token(key, claims: wrong.claims)
        #expect(Minting.refusal(token, Minting.verifier(key)) == wrong.error, "\(wrong.name)")
        // The same when the claims are not flat, and so are read by the other reader.
        var nested = wrong.claims
        nested["nested"] = ["a": [["b": "\u{e9}"]]]
        let other = Minting.token(key, claims: nested)
        #expect(Minting.refusal(other, Minting.verifier(key)) == wrong.error, "\(wrong.name), nested")
    }

    @Test("Claims that become headers must be fit for it", arguments: [("t-1", nil), ("t 1", TokenError.unsafeClaim)])
    func headerClaims(tenant: String, error: TokenError?) {
        let key = Minting.key(.eddsa)
        var rules = Minting.rules
        rules.headerClaims = ["tenant", "project"]
        let token = Minting.token(key, claims: ["tenant": .string(tenant)])
        #expect(Minting.refusal(token, Minting.verifier(key, rules: rules)) == error)
        let number = Minting.token(key, claims: ["tenant": 7])
        #expect(Minting.refusal(number, Minting.verifier(key, rules: rules)) == .unsafeClaim)
    }

    @Test("A longest lifetime is held to")
    func lifetime() {
        let key = Minting.key(.es256)
        var rules = Minting.rules
        rules.maximumLifetime = .seconds(60)
        let verifier = Minting.verifier(key, rules: rules)
        let short = Minting.token(key, claims: ["exp": .number(Self.second + 60)])
        #expect(Minting.refusal(short, verifier) == nil)
        #expect(Minting.refusal(Minting.token(key), verifier) == .livesTooLong)
        #expect(Minting.refusal(Minting.token(key, claims: ["iat": nil]), verifier) == .missingIssueTime)
    }

    @Test("A revoked token is refused, and only after everything else held")
    func revocation() {
        let key = Minting.key(.eddsa)
        var rules = Minting.rules
        rules.isRevoked = { $0.id == "t1" }
        #expect(Minting.refusal(Minting.token(key), Minting.verifier(key, rules: rules)) == .revoked)
        let other = Minting.token(key, claims: ["jti": "t2"])
        #expect(Minting.refusal(other, Minting.verifier(key, rules: rules)) == nil)
    }

    @Test("A payload that names a claim twice, or is no object, is refused")
    func payloads() {
        let key = Minting.key(.hs256)
        let header = JSONValue.object(Minting.header(key)).description
        let good = JSONValue.object(Minting.claims()).description
        let twice = good.dropLast() + #","sub":"admin"}"#
        let escaped = good.dropLast() + #","s\u0075b":"admin"}"#
        for payload in [String(twice), String(escaped), "[]", "\"\"", "", "{", good + "x", good + good, "null"] {
            let token = Minting.token(key, header: header, payload: payload)
            #expect(Minting.refusal(token, Minting.verifier(key)) == .malformedClaims, "\(payload)")
        }
        let spaced = Minting.token(key, header: header, payload: " \n" + good + "\t ")
        #expect(Minting.refusal(spaced, Minting.verifier(key)) == nil)
    }

    @Test("The issuer refuses what no verifier would take")
    func issuing() throws {
        let issuer = Minting.issuer(Minting.key(.eddsa))
        func failure(_ make: () throws(TokenIssuer.Failure) -> String) -> TokenIssuer.Failure? {
            do throws(TokenIssuer.Failure) {
                _ = try make()
                return nil
            } catch {
                return error
            }
        }
        #expect(
            failure { () throws(TokenIssuer.Failure) in
                try issuer.issue(subject: "a b", audience: ["api"], lifetime: .seconds(1))
            } == .unsafeClaim("sub"))
        #expect(
            failure { () throws(TokenIssuer.Failure) in
                try issuer.issue(subject: "a", audience: [], lifetime: .seconds(1))
            } == .noAudience)
        #expect(
            failure { () throws(TokenIssuer.Failure) in
                try issuer.issue(subject: "a", audience: ["api"], lifetime: .milliseconds(999))
            } == .noLifetime)
        #expect(
            failure { () throws(TokenIssuer.Failure) in
                try issuer.issue(subject: "a", audience: ["api"], lifetime: .seconds(1), custom: ["exp": 1])
            } == .reservedClaim("exp"))
    }
}
