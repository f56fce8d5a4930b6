import Configuration

extension SettingKind where Value == KeySet {
    /// Whose tokens are taken.
    public static var keySet: SettingKind {
        SettingKind(
            expectation: "a JWKS with public keys, as JSON",
            placeholder: .empty,
            parse: { text in
                guard let keys = try? KeySet(jwks: Array(text.utf8)), !keys.keys.isEmpty else { return nil }
                return keys
            },
            text: { keys in keys.keys.map(\.id).joined(separator: ",") })
    }
}

extension SettingKind where Value == WebhookSecret {
    public static var webhookSecret: SettingKind {
        SettingKind(
            expectation: "whsec_ and 24 to 64 bytes as Base64, or whsk_ and an Ed25519 key",
            placeholder: .generate(),
            parse: { try? WebhookSecret($0) },
            text: \.text)
    }
}
