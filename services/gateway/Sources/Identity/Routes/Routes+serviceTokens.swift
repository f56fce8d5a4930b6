import Crypto
import HTTP
import JSON
import Service

extension Identity {
    func declareServiceTokens(_ routes: inout Routes) {
        routes.on(
            .post, "/api/auth/service-token",
            Operation(
                "A token for a program (RFC 6749, 4.4)",
                details: "A form with grant_type=client_credentials, and audience for a token that one service takes "
                    + "directly. The client's name and secret come by HTTP Basic, or as client_id and client_secret.",
                tag: "identity", failures: [.unauthorized, .tooManyRequests])
        ) { request in try await self.serviceToken(request) }
    }

    private func serviceToken(_ request: Request) async throws -> Response {
        let address = clientAddress(request)
        try throttle.check(address: address)
        guard request.contentType?.essence == "application/x-www-form-urlencoded" else {
            throw ServiceError(
                .unsupportedMediaType, "unsupported_media_type",
                "the body must be a form: Content-Type: application/x-www-form-urlencoded")
        }
        let form = QueryParameters(String(decoding: try await request.body.collect(upTo: 16 << 10), as: UTF8.self))
        guard Set(form.pairs.map(\.name)).count == form.pairs.count else {
            throw OAuthProblem.invalidRequest.refusal("a parameter is there twice")
        }
        guard form["grant_type"] == "client_credentials" else {
            throw OAuthProblem.unsupportedGrantType.refusal("expected grant_type=client_credentials")
        }
        let credentials = try ClientCredentials(request, form)
        var entry = SignInLog.Entry(account: "client:" + credentials.name, method: .client, address: address)
        let clients = ServiceClients(database: database)
        guard ServiceClient.isName(credentials.name),
            let client = try await clients.client(credentials.name, secret: credentials.secret)
        else {
            entry.outcome = SignInRefusal.unknownClient.rawValue
            await sessions.log.refuse(entry)
            throw OAuthProblem.invalidClient.refusal("the client's name or secret is wrong")
        }
        let service = form["audience"]
        if let service, !client.audiences.contains(service) {
            entry.outcome = "audience_refused"
            await sessions.log.refuse(entry)
            throw OAuthProblem.invalidTarget.refusal("this client may not ask for a token of that audience")
        }
        let made = try sessions.mint.token(for: client, service: service)
        try await sessions.log.write(entry, database)
        let answer = ServiceTokenAnswer(
            accessToken: made.text, tokenType: "Bearer", expiresIn: Int(made.lifetime.components.seconds))
        return Response(
            headers: ["cache-control": "no-store", "pragma": "no-cache"], contentType: .json,
            body: .bytes(try JSONWriter().encode(answer)))
    }
}

private struct ServiceTokenAnswer: Encodable {
    let accessToken: String
    let tokenType: String
    let expiresIn: Int

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
    }
}

/// A client's name and secret, given in one way and not in two (RFC 6749, 2.3).
private struct ClientCredentials {
    let name: String
    let secret: String

    init(_ request: Request, _ form: QueryParameters) throws(ServiceError) {
        let values = request.headers.values("authorization")
        let isInForm = form["client_id"] != nil || form["client_secret"] != nil
        guard values.count <= 1, values.isEmpty || !isInForm else {
            throw OAuthProblem.invalidRequest.refusal("expected the client's name and secret once")
        }
        if let value = values.first {
            guard value.lowercased().hasPrefix("basic "),
                let bytes = Base64.decode(value.dropFirst(6)), let text = String(validating: bytes, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else { throw OAuthProblem.invalidClient.refusal("expected Authorization: Basic") }
            name = Self.decoded(text[..<colon])
            secret = Self.decoded(text[text.index(after: colon)...])
        } else if let name = form["client_id"], let secret = form["client_secret"] {
            (self.name, self.secret) = (name, secret)
        } else {
            throw OAuthProblem.invalidClient.refusal("expected the client's name and secret")
        }
    }

    /// Both are encoded as in a form before they are joined.
    private static func decoded(_ text: Substring) -> String {
        QueryParameters("v=" + text.replacing("&", with: "%26"))["v"] ?? ""
    }
}
