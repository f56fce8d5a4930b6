import Configuration
import HTTP
import JSON
import Service
import Tokens

extension Identity {
    /// Everything under `/api/auth` and `/.well-known`.
    public func declare(in routes: inout Routes) {
        declareSignIn(&routes)
        declareOptions(&routes)
        declareBrowserSignIn(&routes)
        declareServiceTokens(&routes)
        declareKeys(&routes)
    }

    private static let tag = "identity"

    private func declareSignIn(_ routes: inout Routes) {
        routes.endpoint(
            .post, "/api/auth/login",
            Operation(
                "Signs in", details: settings.mode == .oidc ? Self.demandsToken : nil, tag: Self.tag,
                failures: [.unauthorized, .forbidden, .tooManyRequests]),
            body: SignInRequest.self, bodyLimit: 16 << 10
        ) { call in try await self.signIn(call.body, call.request) }
        routes.endpoint(
            .post, "/api/auth/refresh",
            Operation("A new token for a refresh token", tag: Self.tag, failures: [.unauthorized, .tooManyRequests]),
            body: RefreshRequest.self, bodyLimit: 16 << 10
        ) { call in try await self.refresh(call.body, call.request) }
        routes.on(
            .post, "/api/auth/logout",
            Operation("Ends a token and its session", tag: Self.tag, failures: [.unauthorized]).answering(
                .noContent, contentType: "application/json")
        ) { request in try await self.signOut(request) }
        routes.endpoint(
            .get, "/api/auth/me", Operation("Who you are", tag: Self.tag, needsToken: true)
        ) { call in try await self.user(of: call.request) }
    }

    private static let demandsToken = "Needs the identity provider's access token: Authorization: Bearer and the token."

    private func signIn(_ body: SignInRequest, _ request: Request) async throws -> SignInAnswer {
        let address = clientAddress(request)
        try throttle.check(address: address)
        let wantsCookie = body.session ?? false
        if wantsCookie { try demandOwnPage(request) }
        let person: Person
        let method: SignInLog.Method
        if let provider {
            (person, method) = (try await self.person(body, request, provider, address), .token)
            // Not before: a stranger who names the account could keep its owner out.
            try throttle.check(account: person.keycloakID)
        } else {
            try throttle.check(account: body.keycloakID)
            (person, method) = (try self.person(believing: body), .development)
        }
        let signedIn = try await sessions.signIn(
            person, .init(method: method, address: address), withSession: wantsCookie || body.refresh ?? false)
        return SignInAnswer(signedIn, cookies: wantsCookie ? cookies : nil)
    }

    private func person(believing body: SignInRequest) throws(ServiceError) -> Person {
        var missing: [FieldError] = []
        if body.username == nil { missing.append(FieldError(field: "$.username", message: "is missing")) }
        if body.email == nil { missing.append(FieldError(field: "$.email", message: "is missing")) }
        guard missing.isEmpty, let username = body.username, let email = body.email else {
            throw .validation(missing)
        }
        return Person(keycloakID: body.keycloakID, username: username, email: email)
    }

    /// The provider's token says who it is; of the body only the id counts, and must agree.
    private func person(
        _ body: SignInRequest, _ request: Request, _ provider: OpenIDProvider, _ address: String
    ) async throws(ServiceError) -> Person {
        var entry = SignInLog.Entry(account: body.keycloakID, method: .token, address: address)
        do throws(ServiceError) {
            let token = try BearerTokens.token(of: request.headers)
            let person = try await provider.person(accessToken: token)
            guard person.keycloakID.utf8.elementsEqual(body.keycloakID.utf8) else {
                throw SignInRefusal.otherAccount.serviceError
            }
            return person
        } catch {
            entry.outcome = error.code
            await sessions.log.refuse(entry)
            throw error
        }
    }

    private func refresh(_ body: RefreshRequest, _ request: Request) async throws -> SignInAnswer {
        let address = clientAddress(request)
        try throttle.check(address: address)
        let attempt = Sessions.Attempt(method: .refresh, address: address)
        if let token = body.refreshToken { return SignInAnswer(try await sessions.refresh(token, attempt)) }
        guard let token = Cookies.value(Cookies.session, in: request.headers) else {
            throw ServiceError(
                .unauthorized, "refresh_token_missing", "expected refresh_token in the body, or a session's cookie",
                headers: ["www-authenticate": "Bearer"])
        }
        try demandOwnPage(request)
        return SignInAnswer(try await sessions.refresh(token, attempt), cookies: cookies)
    }

    private func signOut(_ request: Request) async throws -> Response {
        let bytes = try await request.body.collect(upTo: 16 << 10)
        var body = SignOutRequest()
        if !bytes.isEmpty {
            do { body = try JSONReader().decode(SignOutRequest.self, from: bytes) } catch {
                throw ServiceError.badRequest(error.description, code: "malformed_json")
            }
        }
        let cookie = Cookies.value(Cookies.session, in: request.headers)
        if cookie != nil { try demandOwnPage(request) }
        let claims: Claims?
        do throws(ServiceError) { claims = try users.claims(of: request.headers) } catch {
            // A session can be ended without a token that still holds.
            guard body.refreshToken ?? cookie != nil else { throw error }
            claims = nil
        }
        try await sessions.signOut(
            claims: claims, refreshToken: body.refreshToken ?? cookie, everywhere: body.everywhere ?? false,
            .init(method: .logout, address: clientAddress(request)))
        var response = Response(.noContent, headers: ["cache-control": "no-store"])
        if cookie != nil {
            response.headers["set-cookie"] = cookies.clear(Cookies.session, path: Cookies.sessionPath)
        }
        return response
    }

    private func user(of request: Request) async throws -> User {
        let claims = try users.claims(of: request.headers)
        guard let id = claims.subject.flatMap({ Int($0) }) else {
            throw ServiceError(.forbidden, "not_a_user", "this token is a program's")
        }
        guard let user = try await UserStore(database: database).user(id) else {
            throw SignInRefusal.unknownUser.serviceError
        }
        return user
    }

    var cookies: Cookies { Cookies(isSecure: settings.isSecure) }

    func demandOwnPage(_ request: Request) throws(ServiceError) {
        let url = settings.publicURL
        guard let base = BaseURL("\(url.scheme)://\(url.address)"),
            Cookies.isOwnRequest(request.headers, origin: base.description)
        else {
            throw ServiceError(.forbidden, "foreign_page", "a session's cookie is for our own pages alone")
        }
    }
}
