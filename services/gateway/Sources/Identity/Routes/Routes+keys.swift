import Configuration
import Crypto
import HTTP
import JSON
import Service
import Tokens

extension Identity {
    func declareKeys(_ routes: inout Routes) {
        routes.on(
            .get, "/.well-known/jwks.json", Operation("The keys that tokens are checked with", tag: "identity")
        ) { request in
            self.document(self.signingKeys.keySet(.user).jwks(), request)
        }
        routes.on(
            .get, "/.well-known/openid-configuration", Operation("What this issuer does", tag: "identity")
        ) { request in
            self.document(try JSONWriter().encode(IssuerDocument(self.settings, self.signingKeys)), request)
        }
    }

    /// What services fetch, on the port that is not for clients.
    public func declareInternal(in routes: inout Routes) {
        routes.on(.get, InternalIdentitySettings.keysPath) { request in
            self.document(self.signingKeys.keySet(.service).jwks(), request)
        }
    }

    /// A document that changes seldom: caches may keep it, and ask whether it is still the same.
    private func document(_ bytes: [UInt8], _ request: Request) -> Response {
        let tag = EntityTag(Base64.encode(Array(SHA256.hash(bytes)[..<12]), .url))
        let headers: Headers = [
            "cache-control": "public, max-age=\(settings.keys.cacheSeconds)", "etag": tag.description,
        ]
        if let list = request.headers["if-none-match"], tag.isNamed(in: list) {
            return Response(.notModified, headers: headers)
        }
        return Response(headers: headers, contentType: .json, body: .bytes(bytes))
    }
}

/// What we say of ourselves (OpenID Connect Discovery 1.0, RFC 8414).
private struct IssuerDocument: Encodable {
    let issuer: String
    let keysAddress: String
    let tokenEndpoint: String
    let userinfoEndpoint: String
    let grantTypes = ["client_credentials"]
    let tokenAuthentication = ["client_secret_basic", "client_secret_post"]
    let responseTypes: [String] = []
    let subjectTypes = ["public"]
    let algorithms: [String]

    init(_ settings: IdentitySettings, _ keys: SigningKeys) {
        let base = settings.publicURL.description
        issuer = settings.tokens.issuer
        keysAddress = base + "/.well-known/jwks.json"
        tokenEndpoint = base + "/api/auth/service-token"
        userinfoEndpoint = base + "/api/auth/me"
        algorithms = Array(Set(keys.keySet(.user).keys.map(\.algorithm.rawValue))).sorted()
    }

    enum CodingKeys: String, CodingKey {
        case issuer
        case keysAddress = "jwks_uri"
        case tokenEndpoint = "token_endpoint"
        case userinfoEndpoint = "userinfo_endpoint"
        case grantTypes = "grant_types_supported"
        case tokenAuthentication = "token_endpoint_auth_methods_supported"
        case responseTypes = "response_types_supported"
        case subjectTypes = "subject_types_supported"
        case algorithms = "id_token_signing_alg_values_supported"
    }
}
