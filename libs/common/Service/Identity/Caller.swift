import JSON
import Tokens

/// Who asks, as the gateway's token for this service says.
public struct Caller: Sendable, Equatable {
    /// A user's number as text, or `client:` and the name of a program.
    public let id: String
    public let roles: [String]
    /// What a user calls himself; nil for a program.
    public let username: String?

    public init(id: String, roles: [String] = [], username: String? = nil) {
        self.id = id
        self.roles = roles
        self.username = username
    }

    init(_ claims: Claims) {
        self.init(
            id: claims.subject ?? "", roles: claims.roles, username: claims["preferred_username"]?.string)
    }

    /// Sees and steers what is anybody's.
    public var isAdmin: Bool { roles.contains("admin") }

    /// The number of a user; nil for a program.
    public var userID: Int? { Int(id) }
}
