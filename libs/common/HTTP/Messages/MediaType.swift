/// A media type with its parameters (RFC 9110, 8.3.1).
public struct MediaType: Sendable, Equatable, CustomStringConvertible {
    /// Lower case: `application/json`.
    public let essence: String
    public let parameters: [(name: String, value: String)]

    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        var scanner = ParameterScanner(bytes)
        guard let type = scanner.token(), scanner.take(UInt8(ascii: "/")), let subtype = scanner.token(),
            let parameters = scanner.parameters()
        else { return nil }
        essence = "\(type)/\(subtype)".lowercased()
        self.parameters = parameters
    }

    public func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    public var isJSON: Bool { essence == "application/json" || essence.hasSuffix("+json") }

    public var description: String {
        parameters.reduce(essence) { $0 + "; \($1.name)=\(Self.tokenOrQuoted($1.value))" }
    }

    private static func tokenOrQuoted(_ value: String) -> String {
        if !value.isEmpty, value.utf8.allSatisfy(CharacterClass.isToken) { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    public static func == (a: MediaType, b: MediaType) -> Bool { a.description.hasSameBytes(as: b.description) }
}

/// Reads tokens, quoted strings and `; name=value` lists, as Content-Type and Content-Disposition have them.
struct ParameterScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func token() -> String? {
        let start = position
        while position < bytes.count, CharacterClass.isToken(bytes[position]) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
    }

    /// The rest of the input as parameters with lower-case names; nil when it is anything else.
    mutating func parameters() -> [(name: String, value: String)]? {
        var found: [(name: String, value: String)] = []
        while true {
            skipSpace()
            if position == bytes.count { return found }
            guard take(UInt8(ascii: ";")) else { return nil }
            skipSpace()
            if position == bytes.count { return found }
            guard let name = token()?.lowercased(), take(UInt8(ascii: "=")), let value = tokenOrQuoted(),
                !found.contains(where: { $0.name == name })
            else { return nil }
            found.append((name, value))
        }
    }

    private mutating func tokenOrQuoted() -> String? {
        guard take(UInt8(ascii: "\"")) else { return token() }
        var value: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: value, as: UTF8.self) }
            // Only a quote or a backslash is ever escaped; browsers send Windows paths with bare backslashes.
            if byte == UInt8(ascii: "\\"), position < bytes.count,
                bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "\\")
            {
                value.append(bytes[position])
                position += 1
            } else {
                guard CharacterClass.isFieldValue(byte) else { return nil }
                value.append(byte)
            }
        }
        return nil
    }
}
