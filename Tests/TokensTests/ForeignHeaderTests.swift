import JSON
import Testing

@testable import Tokens

/// What other issuers leave out of headers, where the rules allow it.
@Suite("Headers of other issuers")
struct ForeignHeaderTests {
    private func verifier(_ keys: [SigningKey], _ change: (inout TokenVerifier.Rules) -> Void) throws -> TokenVerifier {
        var rules = Minting.rules
        change(&rules)
        return TokenVerifier(keys: try KeySet(keys.map(\.verification)), rules: rules, clock: { Minting.now })
    }

    @Test("A token without a type is taken where none is demanded, and one of a wrong type is not")
    func types() throws {
        let key = Minting.key(.rs256)
        let lax = try verifier([key]) { $0.requiresType = false }
        #expect(Minting.refusal(Minting.token(key, header: ["typ": nil]), lax) == nil)
        #expect(Minting.refusal(Minting.token(key, header: ["typ": "refresh+jwt"]), lax) == .wrongType)
        #expect(Minting.refusal(Minting.token(key, header: ["typ": ""]), lax) == .wrongType)
    }

    @Test("A token that names no key is checked with the only one of its algorithm, where that is allowed")
    func keyIDs() throws {
        let (rsa, curve) = (Minting.key(.rs256), Minting.key(.es256))
        let token = Minting.token(rsa, header: ["kid": nil])
        #expect(Minting.refusal(token, try verifier([rsa]) { _ in }) == .missingKeyID)
        let lax = try verifier([rsa, curve]) { $0.requiresKeyID = false }
        #expect(Minting.refusal(token, lax) == nil)
        #expect(Minting.refusal(Minting.token(rsa, header: ["kid": "unknown"]), lax) == .unknownKey)
        #expect(Minting.refusal(Minting.token(rsa, header: ["kid": nil, "alg": "ES256"]), lax) == .wrongSignature)
        #expect(Minting.refusal(Minting.token(rsa, header: ["kid": nil, "alg": "HS256"]), lax) == .missingKeyID)
        let two = try verifier([rsa, .generate(.rs256)]) { $0.requiresKeyID = false }
        #expect(Minting.refusal(token, two) == .missingKeyID, "it does not say which")
    }
}
