import HTTP
import Service
import Tokens

/// Who sent a request to the gateway: the token's signature, rules and times, and whether it was revoked. Needs no database.
///
///     let claims = try identity.users.claims(of: request.headers)
public struct UserTokens: Sendable {
    private let verifier: CachedVerifier
    private let bearer: BearerTokens

    init(_ keys: KeySet, _ settings: TokenSettings, _ revocations: Revocations) {
        let rules = TokenVerifier.Rules(
            issuers: [settings.issuer], audience: settings.audience, leeway: TokenSettings.leeway,
            maximumLifetime: settings.longestLife, isRevoked: { revocations.refuses($0) })
        let verifier = CachedVerifier(TokenVerifier(keys: keys, rules: rules), capacity: settings.remembered)
        self.verifier = verifier
        bearer = BearerTokens(verifier)
        revocations.whenRevoked { revoked in
            guard let revoked else { return verifier.forget { _ in true } }
            let ids = Set(revoked.map(\.id))
            verifier.forget { claims in
                // Forgetting one too many costs a verification.
                guard let id = claims.id else { return true }
                return ids.contains(id) || TokenID.session(of: id).map(ids.contains) ?? false
                    || claims.subject.map { ids.contains("user:" + $0) } ?? false
            }
        }
    }

    /// The claims of a token that holds; else what the client is answered, which is 401 nearly always.
    public func claims(of headers: Headers) throws(ServiceError) -> Claims {
        try bearer.claims(of: headers)
    }

    /// As `claims(of:)`, and nil for a request without an `Authorization`.
    func claimsIfAny(of headers: Headers) throws(ServiceError) -> Claims? {
        try bearer.claimsIfAny(of: headers)
    }

    func replaceKeys(_ keys: KeySet) { verifier.replaceKeys(keys) }
}
