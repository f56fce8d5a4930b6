import HTTP
import JSON
import Service
import Testing
import Tokens

@Suite("Bearer tokens")
struct BearerTokensTests {
    private let issuer: TokenIssuer
    private let tokens: BearerTokens

    init() throws {
        let key = try SigningKey.generate()
        issuer = TokenIssuer(name: "pentad", key: key)
        let verifier = TokenVerifier(
            keys: KeySet(key.verification), rules: .init(issuers: ["pentad"], audience: "api"))
        tokens = BearerTokens(CachedVerifier(verifier))
    }

    private func token(audience: String = "api") throws -> String {
        try issuer.issue(subject: "42", audience: [audience], lifetime: .seconds(60))
    }

    private func refusal(_ values: [String]) throws -> ServiceError {
        var headers = Headers()
        for value in values { headers.append("Authorization", value) }
        let error = #expect(throws: ServiceError.self) { _ = try tokens.claims(of: headers) }
        return try #require(error)
    }

    @Test("A token that holds says who sent the request, its scheme in any case", arguments: ["Bearer", "bearer"])
    func holds(scheme: String) throws {
        let claims = try tokens.claims(of: ["authorization": "\(scheme) \(token())"])
        #expect(claims.subject == "42")
    }

    @Test("Who sends no token is asked for one, and of no error", arguments: [[], ["Basic dTpw"], ["Bearerx y"], [""]])
    func missing(values: [String]) throws {
        let error = try refusal(values)
        #expect(error.status == .unauthorized && error.code == "token_missing")
        #expect(error.headers["www-authenticate"] == "Bearer")
    }

    @Test(
        "A token that does not hold is refused as RFC 6750 says",
        arguments: ["Bearer", "Bearer ", "Bearer a.b.c", "Bearer a b"])
    func wrong(value: String) throws {
        let error = try refusal([value])
        #expect(error.status == .unauthorized && error.code.hasPrefix("token_"))
        #expect(
            error.headers["www-authenticate"]?.hasPrefix("Bearer error=\"invalid_token\", error_description=\"") == true
        )
    }

    @Test("A token for somebody else is refused, and says so without repeating it")
    func foreign() throws {
        let error = try refusal(["Bearer \(token(audience: "other"))"])
        #expect(error.code == "token_audience_wrong")
        #expect(
            error.headers["www-authenticate"]
                == "Bearer error=\"invalid_token\", error_description=\"the token is for another audience\"")
    }

    @Test("Two tokens are none")
    func two() throws {
        let error = try refusal(["Bearer \(token())", "Bearer \(token())"])
        #expect(error.status == .badRequest)
        #expect(error.headers["www-authenticate"]?.contains("invalid_request") == true)
    }

    @Test("Every refusal of a token can stand in a header's quotation marks", arguments: TokenError.allCases)
    func descriptions(error: TokenError) {
        #expect(!error.description.contains { $0 == "\"" || $0 == "\\" || !$0.isASCII })
        #expect(ServiceError(wrapping: error).status == .unauthorized)
    }
}
