import Crypto
import JSON

/// The headers of a signed webhook.
public struct WebhookHeaders: Sendable, Hashable {
    public let id: String
    public let timestamp: String
    public let signature: String

    public static let idName = "webhook-id"
    public static let timestampName = "webhook-timestamp"
    public static let signatureName = "webhook-signature"

    /// As they are sent.
    public var fields: [(name: String, value: String)] {
        [(Self.idName, id), (Self.timestampName, timestamp), (Self.signatureName, signature)]
    }

    public init(id: String, timestamp: String, signature: String) {
        self.id = id
        self.timestamp = timestamp
        self.signature = signature
    }
}

/// Signs webhooks as Standard Webhooks says, by each of its secrets: while one is replaced, the old and the new.
///
///     let signer = WebhookSigner([try WebhookSecret("whsec_...")])
///     let headers = try signer.sign(id: "evt_1", at: .now, body: body)
public struct WebhookSigner: Sendable {
    private let secrets: [WebhookSecret]

    /// Nil without a secret, or with one that only verifies.
    public init?(_ secrets: [WebhookSecret]) {
        guard !secrets.isEmpty, secrets.allSatisfy(\.canSign) else { return nil }
        self.secrets = secrets
    }

    /// The id names the event: every attempt to deliver it has the same one.
    public func sign(id: String, at time: Timestamp, body: [UInt8]) throws(WebhookError) -> WebhookHeaders {
        guard let message = WebhookMessage(id: id, seconds: time.seconds) else { throw .malformedID }
        guard time.seconds >= 0 else { throw .malformedTimestamp }
        let signatures = body.withUnsafeBytes { body in
            secrets.map { secret in
                switch secret.material {
                case .shared(let key): "v1," + Base64.encode(message.code(of: body, by: key))
                case .pair(let key): "v1a," + Base64.encode(key.sign(message.inOnePiece(with: body)))
                }
            }
        }
        return WebhookHeaders(
            id: id, timestamp: String(time.seconds), signature: signatures.joined(separator: " "))
    }
}
