/// Names of fields, compared as the most careless reader downstream might: without regard to case, and with an underscore
/// for a hyphen. CGI and its heirs make `X_User_Id` and `X-User-Id` the same variable.
public struct FieldNames: Sendable {
    /// By length, so that most names are told apart by a look at theirs.
    private let exact: [[[UInt8]]]
    private let prefixes: [[UInt8]]

    public init(_ names: [String], prefixes: [String] = []) {
        let folded = names.map { $0.utf8.map(Self.fold) }
        let longest = folded.map(\.count).max() ?? 0
        exact = (0...longest).map { length in folded.filter { $0.count == length } }
        self.prefixes = prefixes.map { $0.utf8.map(Self.fold) }
    }

    public func contains(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return bytes.withUnsafeBytes { contains(0..<$0.count, $0) }
    }

    func contains(_ name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
        if name.count < exact.count {
            for candidate in exact[name.count] where Self.matches(candidate, name, bytes) { return true }
        }
        for prefix in prefixes where prefix.count <= name.count && Self.matches(prefix, name, bytes) { return true }
        return false
    }

    private static func matches(_ text: [UInt8], _ name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
        for offset in text.indices where fold(bytes[name.lowerBound &+ offset]) != text[offset] { return false }
        return true
    }

    @inline(__always)
    private static func fold(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : CharacterClass.lowercased(byte)
    }
}
