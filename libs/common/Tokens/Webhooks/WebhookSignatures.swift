import Crypto

/// The value of `webhook-signature`: versions and signatures with a comma between, one after another with a blank
/// between. What has a version that we do not know is passed over.
struct WebhookSignatures {
    /// `v1`: HMAC with SHA-256.
    private(set) var codes: [[UInt8]] = []
    /// `v1a`: Ed25519.
    private(set) var signatures: [[UInt8]] = []

    static let maximumBytes = 4096
    static let maximumSignatures = 16

    init?(_ value: String) {
        guard (1...Self.maximumBytes).contains(value.utf8.count) else { return nil }
        let entries = value.split(separator: " ", omittingEmptySubsequences: false)
        guard entries.count <= Self.maximumSignatures else { return nil }
        for entry in entries {
            guard let comma = entry.utf8.firstIndex(of: UInt8(ascii: ",")) else { return nil }
            let text = entry[entry.utf8.index(after: comma)...]
            switch entry[..<comma] {
            case "v1":
                guard let bytes = Base64.decode(text), bytes.count == WebhookSecret.codeCount else { return nil }
                codes.append(bytes)
            case "v1a":
                guard let bytes = Base64.decode(text), bytes.count == WebhookSecret.signatureCount else { return nil }
                signatures.append(bytes)
            default:
                continue
            }
        }
    }

    /// Whole seconds since 1970 in their one spelling.
    static func seconds(_ text: String) -> Int64? {
        guard (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int64(text)
    }
}
