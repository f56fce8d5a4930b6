import HTTP
import JSON

/// The body of `POST /api/auth/login`.
struct SignInRequest: Codable, Sendable, Validated {
    var keycloakID: String
    /// Believed in development alone; else the provider's token says it.
    var username: String?
    var email: String?
    /// Asks for a refresh token, and with it for a token of a shorter life.
    var refresh: Bool?
    /// Asks for the refresh token as a cookie that scripts cannot read.
    var session: Bool?

    static let rules: [Rule<SignInRequest>] = [
        .length("keycloak_id", { $0.keycloakID }, 1...255),
        .length("username", { $0.username }, 1...Person.maximumUsername),
        .length("email", { $0.email }, 3...Person.maximumEmail),
        .must("keycloak_id", "has characters that an id cannot have") { isText($0.keycloakID) },
        .must("username", "has characters that a name cannot have") { isText($0.username ?? "") },
        .must("email", "is no address of e-mail") {
            isText($0.email ?? "") && $0.email?.utf8.contains(UInt8(ascii: "@")) ?? true
        },
        .about("keycloak_id", "the user's id with the identity provider"),
        .about("refresh", "answer a refresh token, too"),
        .about("session", "keep the refresh token in a cookie"),
    ]

    private static func isText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }

    enum CodingKeys: String, CodingKey {
        case keycloakID = "keycloak_id"
        case username, email, refresh, session
    }
}

/// The answer of a sign-in, as the clients of the old servers know it.
struct SignInAnswer: AnswerWithHeaders {
    var userID: Int
    var keycloakID: String
    var username: String
    var email: String
    var token: String
    var tokenType: String
    var expiresIn: Int
    /// Only for those who ask.
    var refreshToken: String?
    var answerHeaders = Headers()

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case keycloakID = "keycloak_id"
        case username, email, token
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case refreshToken = "refresh_token"
    }

    /// The refresh token goes into the body or into the cookie, never into both.
    init(_ signedIn: Sessions.SignedIn, cookies: Cookies? = nil) {
        userID = signedIn.user.userID
        keycloakID = signedIn.user.keycloakID
        username = signedIn.user.username
        email = signedIn.user.email
        token = signedIn.token.text
        tokenType = "Bearer"
        expiresIn = Int(signedIn.token.lifetime.components.seconds)
        answerHeaders["cache-control"] = "no-store"
        guard let refresh = signedIn.refresh else { return }
        if let cookies {
            answerHeaders["set-cookie"] = cookies.session(refresh)
        } else {
            refreshToken = refresh.text
        }
    }
}

/// The body of `POST /api/auth/refresh`; browsers send a cookie instead.
struct RefreshRequest: Codable, OptionalBody {
    var refreshToken: String?

    init() {}

    enum CodingKeys: String, CodingKey {
        case refreshToken = "refresh_token"
    }
}

/// The body of `POST /api/auth/logout`, which may be left out.
struct SignOutRequest: Codable, OptionalBody {
    var refreshToken: String?
    /// All sessions of the user, and all his tokens.
    var everywhere: Bool?

    init() {}

    enum CodingKeys: String, CodingKey {
        case refreshToken = "refresh_token"
        case everywhere
    }
}

extension Cookies {
    static let sessionPath = "/api/auth"
    static let pendingPath = "/api/auth/oidc"

    func session(_ refresh: RefreshTokens.Made) -> String {
        set(Self.session, refresh.text, path: Self.sessionPath, lifetime: refresh.expiresAt - .now)
    }
}
