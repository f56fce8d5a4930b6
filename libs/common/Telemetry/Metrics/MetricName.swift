/// What Prometheus accepts as names.
public enum MetricName {
    public static func isValid(_ name: String) -> Bool {
        isIdentifier(name, colonAllowed: true)
    }

    /// Names that begin with `__` are Prometheus's own.
    public static func isValidLabel(_ name: String) -> Bool {
        isIdentifier(name, colonAllowed: false) && !name.hasPrefix("__")
    }

    private static func isIdentifier(_ name: String, colonAllowed: Bool) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colonAllowed
            default: false
            }
        }
    }
}
