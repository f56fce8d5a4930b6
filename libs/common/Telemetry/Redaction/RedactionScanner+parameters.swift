/// Secrets in parameters: of a query, a form, a connection string, also percent-encoded inside another URL.
extension RedactionScanner {
    /// `name=value`, in a query, a form or a connection string.
    func parameterValue(nameEnd: Int, valueStart: Int) -> Range<Int>? {
        namesSecret(endingAt: nameEnd) ? value(from: valueStart) : nil
    }

    /// `name%3Dvalue`: a presigned URL inside the query of another; encoded once more it is `%253D`. And
    /// `%22name%22%3A%22value%22`: JSON inside a URL.
    func encodedValue(at index: Int) -> Range<Int>? {
        guard let (byte, next) = escape(at: index) else { return nil }
        switch byte {
        case UInt8(ascii: "="): return parameterValue(nameEnd: index, valueStart: next)
        case UInt8(ascii: ":"): return memberValue(nameEnd: index, valueStart: next)
        default: return nil
        }
    }

    func isParameterSeparator(before index: Int) -> Bool {
        switch bytes[index - 1] {
        case UInt8(ascii: "?"), UInt8(ascii: "&"): true
        // The last digit of %3F or %26, which end the run of name bytes.
        default: isEscape(endingAt: index)
        }
    }

    /// The value that starts here: what is between quotes, or all up to the next parameter or word.
    func value(from start: Int) -> Range<Int> {
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
    func quotedValue(from start: Int) -> Range<Int>? {
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

    func isAmpersandEscape(at index: Int) -> Bool {
        var end = index + 1
        while matches("25", at: end) { end += 2 }
        return matches("26", at: end)
    }
}
