import Telemetry

/// Why a setting cannot be used. Its line says what was wrong and what would be right, and shows no secret.
enum SettingProblem: Error {
    case missing(_ name: String, _ expectation: String, _ meaning: String)
    /// Without the value when it is a secret.
    case unexpected(_ variable: String, _ value: String?, _ expectation: String)
    case both(_ variable: String)
    case unreadable(_ variable: String, _ path: String, _ reason: String)

    var line: String {
        switch self {
        case .missing(let name, let expectation, let meaning):
            "\(name) is not set: expected \(expectation) (\(meaning))"
        case .unexpected(let variable, let value?, let expectation):
            "\(variable) is \(shown(value)): expected \(expectation)"
        case .unexpected(let variable, nil, let expectation):
            "\(variable) has a wrong value, not shown as it is a secret: expected \(expectation)"
        case .both(let variable):
            "\(variable) and \(variable)_FILE are both set: expected one of them"
        case .unreadable(let variable, let path, let reason):
            "\(variable) is \(shown(path)): \(reason)"
        }
    }
}

/// A value as it may be printed: on one line, not too long, without secrets.
package func shown(_ text: String, quoted: Bool = true) -> String {
    let limit = 120
    let redacted = Redactor().redact(text)
    let short = redacted.unicodeScalars.count > limit ? String(redacted.unicodeScalars.prefix(limit)) + "..." : redacted
    let escaped = short.debugDescription
    return quoted ? escaped : String(escaped.dropFirst().dropLast())
}
