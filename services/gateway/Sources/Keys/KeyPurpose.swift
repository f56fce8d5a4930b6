import Postgres

/// What a signing key is for. Each purpose has keys of its own, so that a token for one can never pass for the other,
/// whatever its claims say.
enum KeyPurpose: String, CaseIterable, Codable, Sendable, PostgresValue {
    /// Tokens that clients send to the gateway.
    case user
    /// Tokens that the gateway sends to services. Always Ed25519: services hold no secret.
    case service
}
