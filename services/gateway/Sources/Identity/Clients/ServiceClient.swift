import JSON

/// A program that signs in by itself, with a secret (RFC 6749, 4.4).
struct ServiceClient: Codable, Sendable, Equatable {
    let name: String
    /// The services that it may ask tokens for, beside the gateway itself.
    let audiences: [String]
    let roles: [String]
    let createdAt: Timestamp
    let lastUsedAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case name, audiences, roles
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
    }

    /// Lower-case letters, digits and dashes, as services are called.
    static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d }
    }
}
