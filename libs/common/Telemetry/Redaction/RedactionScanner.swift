/// One pass over a text that copies it with the secrets masked.
///
/// Every secret it knows has a visible marker before it: `=` or `%3D` (a parameter), `:` (a header, a JSON member, the
/// credentials of a URL), `Bearer ` or `Basic `, `eyJ` (the start of any JWT). It stops at markers and judges there.
struct RedactionScanner {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    let bytes: Bytes
    private var output: [UInt8] = []
    /// What comes before is already copied or masked.
    private var copied = 0
    /// Up to here a run of bytes is known to hold no JWT, so that it is not read again from each `eyJ` in it.
    private var tokenlessEnd = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    /// False for texts without any marker: most ids, names and paths.
    static func mayHoldSecret(_ bytes: Bytes) -> Bool {
        bytes.contains { byte in
            switch byte {
            case UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "%"), UInt8(ascii: " "), UInt8(ascii: "."): true
            default: false
            }
        }
    }

    /// The masked text; nil when nothing had to be masked.
    mutating func redacted() -> [UInt8]? {
        var index = 0
        while index < bytes.count {
            if let secret = secret(at: index) {
                output.append(contentsOf: bytes[copied..<secret.lowerBound])
                output.append(text: Redactor.mask)
                copied = secret.upperBound
                index = max(secret.upperBound, index + 1)
            } else {
                index += 1
            }
        }
        guard copied > 0 || !output.isEmpty else { return nil }
        output.append(contentsOf: bytes[copied...])
        return output
    }

    /// The bytes to mask when the marker at `index` announces a secret.
    private mutating func secret(at index: Int) -> Range<Int>? {
        let found: Range<Int>?
        switch bytes[index] {
        case UInt8(ascii: "="): found = parameterValue(nameEnd: index, valueStart: index + 1)
        case UInt8(ascii: "%"): found = encodedParameterValue(at: index)
        case UInt8(ascii: ":"): found = urlPassword(at: index) ?? memberValue(at: index)
        case UInt8(ascii: "B"), UInt8(ascii: "b"): found = credentials(at: index)
        case UInt8(ascii: "e"): found = webToken(at: index)
        case UInt8(ascii: "-"): found = privateKey(at: index)
        default: return nil
        }
        guard let found, !found.isEmpty, found.lowerBound >= copied else { return nil }
        return found
    }
}

extension RedactionScanner {
    /// `name=value`, in a query, a form or a connection string.
    private func parameterValue(nameEnd: Int, valueStart: Int) -> Range<Int>? {
        let name = nameBefore(nameEnd)
        guard !name.isEmpty else { return nil }
        let isInQuery = name.startIndex > 0 && isParameterSeparator(before: name.startIndex)
        guard isInQuery ? SensitiveNames.containsParameter(name) : SensitiveNames.contains(name) else { return nil }
        return value(from: valueStart)
    }

    /// `name%3Dvalue`: a presigned URL inside the query of another; encoded once more it is `%253D`.
    private func encodedParameterValue(at index: Int) -> Range<Int>? {
        var end = index + 1
        while matches("25", at: end) { end += 2 }
        guard matches("3d", at: end) else { return nil }
        return parameterValue(nameEnd: index, valueStart: end + 2)
    }

    private func isParameterSeparator(before index: Int) -> Bool {
        switch bytes[index - 1] {
        case UInt8(ascii: "?"), UInt8(ascii: "&"): true
        // The last digit of %3F or %26, which end the run of name bytes.
        default: isEscape(endingAt: index)
        }
    }

    /// The value that starts here: what is between quotes, or all up to the next parameter or word.
    private func value(from start: Int) -> Range<Int> {
        if let quoted = quotedValue(from: start) { return quoted }
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case 0...0x20, 0x22, 0x27, 0x3C, 0x3E, UInt8(ascii: "&"), UInt8(ascii: "#"):
                return start..<index
            case UInt8(ascii: "%") where isAmpersandEscape(at: index):
                return start..<index
            default:
                index += 1
            }
        }
        return start..<index
    }

    /// Between the quotes of `password='a b'` or `"token": "a"`, also when these are themselves inside a quoted string.
    private func quotedValue(from start: Int) -> Range<Int>? {
        let isEscaped = start < bytes.count && bytes[start] == UInt8(ascii: "\\")
        let opening = isEscaped ? start + 1 : start
        guard opening < bytes.count else { return nil }
        let quote = bytes[opening]
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        var index = opening + 1
        while index < bytes.count, bytes[index] != quote {
            index += bytes[index] == UInt8(ascii: "\\") && !isEscaped ? 2 : 1
        }
        let end = min(index, bytes.count)
        let closesWithBackslash =
            isEscaped && end < bytes.count && end > opening + 1 && bytes[end - 1] == UInt8(ascii: "\\")
        return (opening + 1)..<(closesWithBackslash ? end - 1 : end)
    }

    private func isAmpersandEscape(at index: Int) -> Bool {
        var end = index + 1
        while matches("25", at: end) { end += 2 }
        return matches("26", at: end)
    }
}

extension RedactionScanner {
    /// `scheme://user:password@host`
    private func urlPassword(at index: Int) -> Range<Int>? {
        guard matches("//", at: index + 1) else { return nil }
        let start = index + 3
        var colon: Int?
        var end: Int?
        var position = start
        scan: while position < bytes.count {
            switch bytes[position] {
            case 0...0x20, 0x22, 0x27, 0x3C, 0x3E, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): break scan
            case UInt8(ascii: ":"): colon = colon ?? position
            case UInt8(ascii: "@"): end = position
            default: break
            }
            position += 1
        }
        guard let colon, let end, colon < end else { return nil }
        return (colon + 1)..<end
    }

    /// `"name": "value"` of JSON, and `Name: value` of a header.
    private func memberValue(at index: Int) -> Range<Int>? {
        var nameEnd = index
        let isQuoted = nameEnd > 0 && bytes[nameEnd - 1] == UInt8(ascii: "\"")
        if isQuoted {
            nameEnd -= 1
            if nameEnd > 0, bytes[nameEnd - 1] == UInt8(ascii: "\\") { nameEnd -= 1 }
        }
        let name = nameBefore(nameEnd)
        guard !name.isEmpty, SensitiveNames.contains(name) else { return nil }
        var start = index + 1
        while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start += 1 }
        guard start < bytes.count else { return nil }
        if isQuoted { return value(from: start) }
        return quotedValue(from: start) ?? start..<lineEnd(from: start)
    }

    private func lineEnd(from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] >= 0x20, bytes[index] != 0x22 { index += 1 }
        return index
    }

    /// `Bearer xxx`, and `Basic xxx` when what follows looks encoded.
    private func credentials(at index: Int) -> Range<Int>? {
        guard isWordStart(index) else { return nil }
        let isBearer = matches("bearer ", at: index)
        guard isBearer || matches("basic ", at: index) else { return nil }
        let start = index + (isBearer ? 7 : 6)
        var end = start
        var looksEncoded = isBearer
        while end < bytes.count, isTokenByte(bytes[end]) {
            let byte = bytes[end]
            looksEncoded = looksEncoded || byte < 0x40 && byte != 0x2E || (0x41...0x5A).contains(byte)
            end += 1
        }
        return looksEncoded ? start..<end : nil
    }

    /// `eyJ...` with at least two further parts: a signed or encrypted token.
    private mutating func webToken(at index: Int) -> Range<Int>? {
        guard index >= tokenlessEnd, isWordStart(index), index + 2 < bytes.count else { return nil }
        guard bytes[index + 1] == UInt8(ascii: "y"), bytes[index + 2] == UInt8(ascii: "J") else { return nil }
        var end = index
        var dots = 0
        while end < bytes.count, isNameByte(bytes[end]) {
            if bytes[end] == UInt8(ascii: ".") { dots += 1 }
            end += 1
        }
        if dots >= 2 { return index..<end }
        tokenlessEnd = end
        return nil
    }

    /// A PEM block: all of it, to the end of the text.
    private func privateKey(at index: Int) -> Range<Int>? {
        guard matches("-----begin ", at: index) else { return nil }
        var end = index + 11
        while end < bytes.count, bytes[end] != UInt8(ascii: "-"), bytes[end] >= 0x20 {
            if matches("private key", at: end) { return index..<bytes.count }
            end += 1
        }
        return nil
    }
}

extension RedactionScanner {
    /// The run of name bytes that ends at `end`; a percent escape ends the run.
    private func nameBefore(_ end: Int) -> Slice<Bytes> {
        var start = end
        while start > 0, isNameByte(bytes[start - 1]), !isEscape(endingAt: start) { start -= 1 }
        return bytes[start..<end]
    }

    /// Whether `%26` or `%3F` (themselves perhaps encoded again) ends just before the index.
    private func isEscape(endingAt index: Int) -> Bool {
        guard index >= 3 else { return false }
        guard matches("26", at: index - 2) || matches("3f", at: index - 2) else { return false }
        var position = index - 3
        while position >= 2, matches("25", at: position - 1), bytes[position] != UInt8(ascii: "%") { position -= 2 }
        return bytes[position] == UInt8(ascii: "%")
    }

    /// Whether the text at the index is the word, which is given in lowercase, in any case.
    private func matches(_ word: StaticString, at index: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index >= 0, index + length <= bytes.count else { return false }
        for offset in 0..<length {
            let byte = bytes[index + offset]
            let lowered = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard lowered == word.utf8Start[offset] else { return false }
        }
        return true
    }

    private func isWordStart(_ index: Int) -> Bool { index == 0 || !isAlphanumeric(bytes[index - 1]) }

    private func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private func isTokenByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "=")
    }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
