/// Takes secrets out of what is logged or traced: values of fields with telling names, and the secret parts of any
/// text (presigned queries, credentials in URLs, bearer tokens, JWTs).
public struct Redactor: Sendable {
    public static let mask = "[redacted]"

    public init() {}

    /// The text without its secrets. Text that can hold none is returned as it is, after one look at its bytes.
    public func redact(_ text: String) -> String {
        var text = text
        let redacted: [UInt8]? = text.withUTF8 { bytes in
            guard RedactionScanner.mayHoldSecret(bytes) else { return nil }
            var scanner = RedactionScanner(bytes)
            return scanner.redacted()
        }
        return redacted.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    public func redact(_ fields: LogFields) -> LogFields {
        var redacted = fields
        for field in fields.all {
            if let value = replacement(for: field.value, named: field.name) { redacted[field.name] = value }
        }
        return redacted
    }

    /// What to write instead of the value; nil when the value may be written.
    func replacement(for value: LogValue, named name: String) -> LogValue? {
        switch value {
        case .bool, .null, .duration, .time, .requestID, .traceID, .spanID:
            return nil
        case .string, .int, .double, .list:
            if SensitiveNames.contains(name) { return .string(Self.mask) }
        }
        switch value {
        case .string(let text):
            let redacted = redact(text)
            return redacted == text ? nil : .string(redacted)
        case .list(let elements):
            return .list(elements.map { replacement(for: $0, named: "") ?? $0 })
        default:
            return nil
        }
    }
}
