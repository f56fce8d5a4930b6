import Crypto
import JSON

/// Verifies webhooks as Standard Webhooks says, by any of its secrets.
///
/// A message that holds may still come twice within the tolerance: the receiver remembers `webhook-id`.
public struct WebhookVerifier: Sendable {
    private let secrets: [WebhookSecret]
    private let tolerance: Duration
    private let clock: @Sendable () -> Timestamp

    public static let defaultTolerance: Duration = .seconds(300)

    public init(
        _ secrets: [WebhookSecret], tolerance: Duration = WebhookVerifier.defaultTolerance,
        clock: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.secrets = secrets
        self.tolerance = tolerance
        self.clock = clock
    }

    /// Looks the three headers up by their names in lower case. Throws unless one signature holds.
    public func verify(body: [UInt8], header: (String) -> String?) throws(WebhookError) {
        guard let id = header(WebhookHeaders.idName), let timestamp = header(WebhookHeaders.timestampName),
            let signature = header(WebhookHeaders.signatureName)
        else { throw .missingHeader }
        try verify(WebhookHeaders(id: id, timestamp: timestamp, signature: signature), body: body)
    }

    public func verify(_ headers: WebhookHeaders, body: [UInt8]) throws(WebhookError) {
        guard let seconds = WebhookSignatures.seconds(headers.timestamp) else { throw .malformedTimestamp }
        guard let message = WebhookMessage(id: headers.id, seconds: seconds) else { throw .malformedID }
        guard let signatures = WebhookSignatures(headers.signature) else { throw .malformedSignature }
        // Before the signature, which covers the time and is dearer.
        let (now, time) = (clock(), Timestamp(seconds: seconds))
        guard time >= now - tolerance else { throw .tooOld }
        guard time <= now + tolerance else { throw .tooNew }
        guard body.withUnsafeBytes({ holds(signatures, message, $0) }) else { throw .wrongSignature }
    }

    private func holds(
        _ signatures: WebhookSignatures, _ message: WebhookMessage, _ body: UnsafeRawBufferPointer
    ) -> Bool {
        var whole: [UInt8]?
        return secrets.contains { secret in
            switch secret.material {
            case .shared(let key):
                guard !signatures.codes.isEmpty else { return false }
                let code = message.code(of: body, by: key)
                return signatures.codes.contains { ConstantTime.equal($0, code) }
            case .pair(let key):
                guard !signatures.signatures.isEmpty else { return false }
                let bytes = whole ?? message.inOnePiece(with: body)
                whole = bytes
                return signatures.signatures.contains { key.verify($0, of: bytes) }
            }
        }
    }
}
