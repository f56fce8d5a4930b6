import HTTP
import Service

extension Identity {
    /// What a page must know before anybody is signed in.
    func declareOptions(_ routes: inout Routes) {
        routes.endpoint(
            .get, "/api/auth/options", Operation("How people sign in here", tag: "identity")
        ) { call in
            SignInOptions(
                identityMode: self.settings.mode.rawValue, browserSignIn: self.browser != nil,
                hasSession: Cookies.value(Cookies.session, in: call.request.headers) != nil, version: Product.version)
        }
    }
}

/// The answer of `GET /api/auth/options`.
struct SignInOptions: AnswerWithHeaders {
    var identityMode: String
    /// Whether `/api/auth/oidc/start` is there.
    var browserSignIn: Bool
    /// Whether this browser has a session's cookie, which no script sees; it may be over.
    var hasSession: Bool
    var version: String
    var answerHeaders: Headers = ["cache-control": "no-store"]

    enum CodingKeys: String, CodingKey {
        case identityMode = "identity_mode"
        case browserSignIn = "browser_sign_in"
        case hasSession = "has_session"
        case version
    }
}
