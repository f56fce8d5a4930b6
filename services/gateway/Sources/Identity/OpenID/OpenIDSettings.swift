import Configuration

/// The provider whose word counts for who a user is.
struct OpenIDSettings: Sendable {
    let issuer: String
    /// The `aud` of access tokens that are taken in the place of a password.
    let audience: String
    /// Us, as the provider knows us; without it there is no signing in with a browser.
    let clientID: String?
    let clientSecret: String?
    let scopes: String
    /// Where in a token roles are, as in `realm_access.roles`; without it they stay as an operator set them.
    let rolesClaim: [String]?
    let tokenTypes: [String]
    let certificates: String?

    /// Nil when no provider is named.
    init?(_ settings: inout SettingsReader) {
        let issuer = settings.optional(
            "OIDC_ISSUER", .issuer, "the provider's issuer, as in https://sso.example/realms/pentad")
        let audience = settings.optional(
            "OIDC_AUDIENCE", .string(maximumLength: 256),
            "the audience of the provider's access tokens; without it OIDC_CLIENT_ID")
        clientID = settings.optional(
            "OIDC_CLIENT_ID", .string(maximumLength: 256), "our name with the provider, for signing in with a browser")
        clientSecret = settings.optional(
            "OIDC_CLIENT_SECRET", .string(maximumLength: 1024), "our secret with the provider, where it wants one",
            isSecret: true)
        scopes = settings.value(
            "OIDC_SCOPES", .string(maximumLength: 1024), default: "openid profile email",
            "what is asked of the provider when a browser signs in")
        let roles = settings.optional(
            "OIDC_ROLES_CLAIM", .string(maximumLength: 256),
            "where in the provider's tokens a user's roles are, as in realm_access.roles")
        rolesClaim = roles.map { $0.split(separator: ".").map(String.init) }
        tokenTypes = settings.value(
            "OIDC_TOKEN_TYPES", .list(of: .string(maximumLength: 64)), default: ["at+jwt", "JWT"],
            "the types of the provider's access tokens; Keycloak calls them JWT")
        certificates = settings.optional(
            "OIDC_CERTIFICATES", .path, "a file of certificates (PEM) to trust besides the system's")
        settings.check(
            scopes.split(separator: " ").contains("openid"), "OIDC_SCOPES is \"\(scopes)\": expected openid among them")
        settings.check(!tokenTypes.isEmpty, "OIDC_TOKEN_TYPES is empty: expected the type of access tokens")
        guard let issuer, let audience = audience ?? clientID else { return nil }
        self.issuer = issuer
        self.audience = audience
    }
}

extension SettingKind where Value == String {
    /// A URL that is compared to the letter, so it is kept as it is written.
    static var issuer: SettingKind {
        SettingKind(
            expectation: "a URL such as https://sso.example/realms/pentad, as the provider writes it",
            placeholder: "http://localhost",
            parse: { BaseURL($0) == nil ? nil : $0 },
            text: { $0 })
    }
}
