/// How much a record matters. A logger drops what is below its own level.
public enum LogLevel: UInt8, Sendable, Comparable, CaseIterable {
    case trace, debug, info, warning, error

    public var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    /// Accepts the names in any case, and `warn`.
    public init?(_ name: String) {
        let lowered = name.lowercased()
        guard let level = Self.allCases.first(where: { $0.name == lowered }) else {
            guard lowered == "warn" else { return nil }
            self = .warning
            return
        }
        self = level
    }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
