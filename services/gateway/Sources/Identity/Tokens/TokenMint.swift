import Crypto
import HTTP
import JSON
import Service
import Tokens

/// Makes the tokens of users and of programs.
struct TokenMint: Sendable {
    let keys: SigningKeys
    let settings: TokenSettings

    struct Made: Sendable {
        let text: String
        let lifetime: Duration
    }

    /// A user's token for the gateway. One of a session ends with the session.
    func token(for user: User, session: String? = nil) throws -> Made {
        let lifetime = session == nil ? settings.lifetime : settings.sessionLifetime
        return Made(
            text: try issuer(.user, settings.issuer, session: session).issue(
                subject: "\(user.userID)", audience: [settings.audience], lifetime: lifetime,
                roles: user.roles, custom: ["preferred_username": .string(user.username)]),
            lifetime: lifetime)
    }

    /// A program's token: for the gateway, or for one service alone.
    func token(for client: ServiceClient, service: String?) throws -> Made {
        let subject = "client:" + client.name
        guard let service else {
            return Made(
                text: try issuer(.user, settings.issuer).issue(
                    subject: subject, audience: [settings.audience], lifetime: settings.serviceLifetime,
                    roles: client.roles),
                lifetime: settings.serviceLifetime)
        }
        return Made(
            text: try issuer(.service, settings.internalIssuer).issue(
                subject: subject, audience: [service], lifetime: settings.internalLifetime, roles: client.roles),
            lifetime: settings.internalLifetime)
    }

    /// The token that a service behind the gateway gets in the place of the user's.
    func internalToken(for claims: Claims, service: String, lifetime: Duration) throws -> String {
        var custom: JSONObject = [:]
        custom["preferred_username"] = claims["preferred_username"]
        return try issuer(.service, settings.internalIssuer).issue(
            subject: claims.subject ?? "", audience: [service], lifetime: lifetime, roles: claims.roles, custom: custom)
    }

    private func issuer(_ purpose: KeyPurpose, _ name: String, session: String? = nil) -> TokenIssuer {
        TokenIssuer(
            name: name, key: keys.key(purpose),
            makeID: { TokenID.make(session: session, random: TokenIssuer.randomID()) })
    }
}
