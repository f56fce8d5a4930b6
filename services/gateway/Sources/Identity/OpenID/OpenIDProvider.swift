import Crypto
import HTTP
import JSON
import Loop
import Service
import Telemetry
import Tokens

/// The provider: its document and its keys, and whether a token is one of its.
final class OpenIDProvider: Sendable {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    let settings: OpenIDSettings
    let fetch: DocumentFetch
    private let keys: RemoteKeys
    private let known: Locked<(document: ProviderDocument, since: Deadline)?>
    private let accessTokens: RemoteVerifier
    private let identityTokens: RemoteVerifier?

    /// When the provider's document is read again.
    private static let documentLifetime = Duration.seconds(3600)

    init(_ settings: OpenIDSettings, loops: EventLoopGroup, logger: Logger) {
        let fetch = DocumentFetch(certificates: settings.certificates)
        let known = Locked<(document: ProviderDocument, since: Deadline)?>(nil)
        let issuer = settings.issuer
        self.settings = settings
        self.fetch = fetch
        self.known = known
        let keys = RemoteKeys(loops: loops, logger: logger) {
            let document = try await Self.document(of: issuer, known, fetch)
            return try await fetch.keys(document.keysAddress)
        }
        self.keys = keys
        accessTokens = RemoteVerifier(
            keys,
            rules: .init(
                issuers: [issuer], audience: settings.audience, types: settings.tokenTypes, requiresType: false))
        identityTokens = settings.clientID.map { clientID in
            RemoteVerifier(
                keys,
                rules: .init(
                    issuers: [issuer], audience: clientID, types: ["JWT"], requiresType: false, requiresKeyID: false),
                capacity: 0)
        }
    }

    /// The person that an access token is of.
    func person(accessToken token: String) async throws(ServiceError) -> Person {
        let claims = try await verify(token, accessTokens)
        // Some providers give all their tokens one type, and say in the claims which is which.
        guard Self.isAccessToken(claims) else { throw TokenError.wrongType.serviceError }
        return person(claims.all, subject: claims.subject ?? "")
    }

    /// The claims of an identity token that answers the question that had this nonce.
    func identity(token: String, nonce: String) async throws(ServiceError) -> Claims {
        guard let identityTokens else { throw .notFound() }
        let claims = try await verify(token, identityTokens)
        let all = claims.all
        guard let answered = all["nonce"]?.string, ConstantTime.equal(answered, nonce) else {
            throw ServiceError(.unauthorized, "nonce_mismatch", "the provider's answer is not to this question")
        }
        if let party = all["azp"]?.string, party != settings.clientID { throw TokenError.wrongAudience.serviceError }
        return claims
    }

    /// What claims say of a person; what they do not say is empty.
    func person(_ claims: JSONObject, subject: String) -> Person {
        let name = claims["preferred_username"]?.string ?? claims["name"]?.string ?? ""
        let email = claims["email"]?.string ?? ""
        return Person(
            keycloakID: subject, username: Self.short(name.isEmpty ? subject : name, Person.maximumUsername),
            email: Self.short(email, Person.maximumEmail), roles: settings.rolesClaim.map { Self.roles(claims, at: $0) }
        )
    }

    func document() async throws -> ProviderDocument {
        try await Self.document(of: settings.issuer, known, fetch)
    }

    /// Whether the provider can be reached, as far as it is needed.
    func prepare() async throws { try await keys.prepare() }

    func stop() {
        keys.stop()
        fetch.shutDown()
    }

    private func verify(_ token: String, _ verifier: RemoteVerifier) async throws(ServiceError) -> Claims {
        do {
            return try await verifier.verify(token)
        } catch let error as TokenError {
            throw error.serviceError
        } catch {
            throw ServiceError(
                .serviceUnavailable, "provider_unavailable", "the identity provider cannot be reached; try again soon",
                headers: ["retry-after": "5"], cause: error)
        }
    }

    private static func document(
        of issuer: String, _ known: Locked<(document: ProviderDocument, since: Deadline)?>, _ fetch: DocumentFetch
    ) async throws -> ProviderDocument {
        if let known = known.withLock({ $0 }), .now < known.since + documentLifetime { return known.document }
        let bytes = try await fetch.get(ProviderDocument.address(of: issuer))
        let document = try JSONReader().decode(ProviderDocument.self, from: bytes)
        guard document.issuer.utf8.elementsEqual(issuer.utf8) else {
            throw Failed(description: "the provider calls itself another issuer than OIDC_ISSUER says")
        }
        known.withLock { $0 = (document, .now) }
        return document
    }

    private static func isAccessToken(_ claims: Claims) -> Bool {
        let all = claims.all
        // Keycloak says it outright, and older ones put the `nonce` into access tokens, too.
        if let type = all["typ"]?.string { return type.lowercased() == "bearer" }
        // A back-channel logout has `events`; an identity token has a `nonce` or the hash of another token.
        return ["events", "nonce", "at_hash", "c_hash"].allSatisfy { all[$0] == nil }
    }

    private static func roles(_ claims: JSONObject, at path: [String]) -> [String] {
        var value: JSONValue? = .object(claims)
        for name in path { value = value?[name] }
        let names = value?.array?.compactMap(\.string) ?? []
        return Array(names.filter(RoleName.isValid).prefix(Person.maximumRoles))
    }

    private static func short(_ text: String, _ length: Int) -> String {
        String(text.filter { $0 != "\0" }.unicodeScalars.prefix(length))
    }
}
