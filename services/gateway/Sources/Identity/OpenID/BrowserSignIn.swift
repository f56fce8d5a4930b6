import Crypto
import HTTP
import JSON
import Service
import Tokens

/// Signing in with a browser: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 3.1, RFC 7636).
struct BrowserSignIn: Sendable {
    let provider: OpenIDProvider
    let clientID: String
    /// Where the provider sends the browser back to.
    let redirectURL: String

    static let callbackPath = "/api/auth/oidc/callback"

    /// The address at the provider that a browser is sent to.
    func address(_ pending: PendingSignIn) async throws -> String {
        guard let endpoint = try await provider.document().authorizationEndpoint else {
            throw OpenIDProvider.Failed(description: "the provider has no authorization_endpoint")
        }
        let query = Self.form([
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirectURL),
            ("scope", provider.settings.scopes), ("state", pending.state), ("nonce", pending.nonce),
            ("code_challenge", pending.challenge), ("code_challenge_method", "S256"),
        ])
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }

    /// The person behind a code.
    func finish(_ pending: PendingSignIn, code: String) async throws -> Person {
        let answer = try await exchange(code, verifier: pending.verifier)
        let claims = try await provider.identity(token: answer.identityToken, nonce: pending.nonce)
        var all = claims.all
        let subject = claims.subject ?? ""
        // With an access token at hand, providers may leave the rest to be asked for (OpenID Connect Core 5.4).
        if all["email"] == nil || all["preferred_username"] == nil, let more = try await details(answer.accessToken) {
            guard more["sub"]?.string?.utf8.elementsEqual(subject.utf8) ?? false else {
                throw OpenIDProvider.Failed(description: "the provider's details are of somebody else")
            }
            for member in more where all[member.name] == nil { all[member.name] = member.value }
        }
        return provider.person(all, subject: subject)
    }

    private struct Answer: Decodable {
        let identityToken: String
        let accessToken: String?

        enum CodingKeys: String, CodingKey {
            case identityToken = "id_token"
            case accessToken = "access_token"
        }
    }

    private func exchange(_ code: String, verifier: String) async throws -> Answer {
        let document = try await provider.document()
        guard let endpoint = document.tokenEndpoint else {
            throw OpenIDProvider.Failed(description: "the provider has no token_endpoint")
        }
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURL),
            ("code_verifier", verifier),
        ]
        var headers: Headers = [
            "content-type": "application/x-www-form-urlencoded", "accept": "application/json",
        ]
        let methods = document.tokenAuthentication ?? ["client_secret_basic"]
        if let secret = provider.settings.clientSecret {
            if methods.contains("client_secret_basic") || !methods.contains("client_secret_post") {
                let pair = PercentCoding.encode(clientID) + ":" + PercentCoding.encode(secret)
                headers["authorization"] = "Basic " + Base64.encode(Array(pair.utf8))
            } else {
                fields += [("client_id", clientID), ("client_secret", secret)]
            }
        } else {
            fields.append(("client_id", clientID))
        }
        let request = OutgoingRequest(.post, endpoint, headers: headers, body: .text(Self.form(fields)))
        let (status, body) = try await provider.fetch.send(request)
        guard status == .ok else {
            let reason = (try? JSONValue.parse(body))?["error"]?.string ?? "\(status)"
            throw OpenIDProvider.Failed(description: "the provider took no code: \(reason)")
        }
        return try JSONReader().decode(Answer.self, from: body)
    }

    private func details(_ accessToken: String?) async throws -> JSONObject? {
        guard let accessToken, let endpoint = try await provider.document().userinfoEndpoint else { return nil }
        let body = try await provider.fetch.get(endpoint, headers: ["authorization": "Bearer \(accessToken)"])
        return try JSONValue.parse(body).object
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\(PercentCoding.encode($0))=\(PercentCoding.encode($1))" }.joined(separator: "&")
    }
}
