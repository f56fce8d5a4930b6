/// A Content-Disposition with its parameters (RFC 6266, RFC 7578).
struct ContentDisposition: Sendable {
    /// Lower case.
    let type: String
    let parameters: [(name: String, value: String)]

    init?(_ text: String) {
        var scanner = ParameterScanner(Array(text.utf8))
        guard let type = scanner.token(), let parameters = scanner.parameters() else { return nil }
        self.type = type.lowercased()
        self.parameters = parameters
    }

    func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// `filename*` where it is sent, as a client that sends both means it (RFC 6266, 4.3); else `filename`.
    func filename() throws(ParseFailure) -> String? {
        guard let extended = parameter("filename*") else { return parameter("filename") }
        guard let decoded = Self.decodeExtended(extended) else {
            throw .multipart("a part's 'filename*' must be UTF-8''percent-encoded")
        }
        return decoded
    }

    /// `UTF-8'language'percent-encoded` of RFC 8187.
    private static func decodeExtended(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        var value = String(parts[2])
        let decoded = value.withUTF8 { PercentCoding.decodedBytes(UnsafeRawBufferPointer($0), plusIsSpace: false) }
        guard decoded.allSatisfy(CharacterClass.isFieldValue) else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }
}

/// Names of files that come from outside.
enum FileName {
    private static let longest = 255

    /// What is left of a name when it is to be used in a folder of ours: no folders, controls or reserved characters, not
    /// hidden, not empty, and short enough for every file system.
    static func safe(_ name: String) -> String {
        var last = name.unicodeScalars[...]
        if let separator = last.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
            last = last[last.index(after: separator)...]
        }
        var safe = String.UnicodeScalarView()
        var bytes = 0
        for scalar in last {
            if safe.isEmpty, scalar == "." || scalar == " " { continue }
            let kept: Unicode.Scalar = isReserved(scalar) ? "_" : scalar
            bytes += UTF8.width(kept)
            guard bytes <= longest else { break }
            safe.append(kept)
        }
        while let end = safe.last, end == "." || end == " " { safe.removeLast() }
        return safe.isEmpty ? "unnamed" : String(safe)
    }

    /// Controls, what Windows refuses, and marks that turn the direction of a text.
    private static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: "<>:\"|?*".unicodeScalars.contains(scalar)
        }
    }
}
