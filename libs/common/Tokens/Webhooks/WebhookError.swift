/// Why a webhook is refused. The raw value is a code that does not change.
public enum WebhookError: String, Error, Sendable, Hashable, CaseIterable {
    /// One of the three headers is not there.
    case missingHeader = "webhook_header_missing"
    case malformedID = "webhook_id_malformed"
    case malformedTimestamp = "webhook_timestamp_malformed"
    case malformedSignature = "webhook_signature_malformed"
    case tooOld = "webhook_too_old"
    case tooNew = "webhook_too_new"
    /// No signature is by one of our secrets.
    case wrongSignature = "webhook_signature_wrong"

    public var code: String { rawValue }
}
