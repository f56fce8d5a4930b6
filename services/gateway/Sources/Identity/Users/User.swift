import JSON
import Tokens

/// Somebody who signs in.
struct User: Codable, Sendable, Equatable {
    var userID: Int
    /// His id with the provider.
    var keycloakID: String
    var username: String
    var email: String
    var roles: [String]
    var createdAt: Timestamp
    var lastSeenAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case keycloakID = "keycloak_id"
        case username, email, roles
        case createdAt = "created_at"
        case lastSeenAt = "last_seen_at"
    }
}

/// What a sign-in says of somebody.
struct Person: Sendable, Equatable {
    var keycloakID: String
    var username: String
    var email: String
    /// Nil where the sign-in does not tell, so that they stay as they are.
    var roles: [String]?

    static let maximumUsername = 200
    static let maximumEmail = 320
    static let maximumRoles = 32
}

/// What a role may be called, so that it can stand in a token.
enum RoleName {
    static func isValid(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x3a, 0x40, 0x5f: true
                default: false
                }
            }
    }
}
