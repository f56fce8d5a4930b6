import HTTP
import Tokens

/// Callers as the gateway's own tokens tell them; services get short tokens of their own.
struct IdentityCheck: CallerCheck {
    let identity: Identity

    func verify(_ headers: Headers) throws(ServiceError) -> Claims? {
        try identity.users.claimsIfAny(of: headers)
    }

    func caller(_ claims: Claims) -> RouteCaller { RouteCaller(id: claims.subject ?? "", roles: claims.roles) }

    func passport(of claims: Claims, to service: String) throws -> Headers {
        try identity.internalTokens.fields(for: claims, service: service)
    }
}
