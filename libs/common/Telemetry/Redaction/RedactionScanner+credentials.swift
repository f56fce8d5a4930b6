/// Secrets that stand by themselves: passwords in URLs, headers, JSON members, tokens and keys.
extension RedactionScanner {
    /// `scheme://user:password@host`
    func urlPassword(at index: Int) -> Range<Int>? {
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

    /// `"name": "value"` of JSON, `%22name%22:%22value%22` of JSON in a path, and `Name: value` of a header.
    func memberValue(nameEnd: Int, valueStart: Int) -> Range<Int>? {
        let (nameEnd, isQuoted) = beforeQuote(beforeBlanks(nameEnd))
        guard namesSecret(endingAt: nameEnd) else { return nil }
        let start = afterBlanks(valueStart)
        guard start < bytes.count else { return nil }
        if let encoded = encodedQuotedValue(from: start) { return encoded }
        // Behind an encoded colon another parameter may follow.
        if isQuoted || bytes[valueStart - 1] != UInt8(ascii: ":") { return value(from: start) }
        return quotedValue(from: start) ?? start..<lineEnd(from: start)
    }

    /// Before the quotation mark that ends here, plain, escaped as in a JSON string, or percent-encoded.
    private func beforeQuote(_ end: Int) -> (end: Int, isQuoted: Bool) {
        var index = end
        if index > 0, bytes[index - 1] == UInt8(ascii: "\"") {
            index -= 1
        } else if let start = escapeStart(endingAt: index), escape(at: start)?.byte == UInt8(ascii: "\"") {
            index = start
        } else {
            return (end, false)
        }
        if index > 0, bytes[index - 1] == UInt8(ascii: "\\") {
            index -= 1
        } else if let start = escapeStart(endingAt: index), escape(at: start)?.byte == UInt8(ascii: "\\") {
            index = start
        }
        return (index, true)
    }

    /// Between `%22` and `%22`.
    private func encodedQuotedValue(from start: Int) -> Range<Int>? {
        var opening = start
        if let (byte, next) = escape(at: opening), byte == UInt8(ascii: "\\") { opening = next }
        let isInString = opening > start
        guard let (quote, first) = escape(at: opening), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        else { return nil }
        var index = first
        while index < bytes.count {
            let (byte, next) = decodedByte(at: index)
            if byte == quote { return first..<index }
            if byte == UInt8(ascii: "\\"), next < bytes.count {
                let (escaped, after) = decodedByte(at: next)
                if isInString, escaped == quote { return first..<index }
                index = after
            } else {
                index = next
            }
        }
        return first..<index
    }

    func lineEnd(from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] >= 0x20, bytes[index] != 0x22 { index += 1 }
        return index
    }

    /// `Bearer xxx`, and `Basic xxx` when what follows looks encoded; `Bearer%20xxx` and `Bearer+xxx` in a URL.
    func credentials(at index: Int) -> Range<Int>? {
        guard isWordStart(index) else { return nil }
        let isBearer = matches("bearer", at: index)
        guard isBearer || matches("basic", at: index) else { return nil }
        let wordEnd = index + (isBearer ? 6 : 5)
        let start = afterBlanks(wordEnd)
        guard start > wordEnd else { return nil }
        var end = start
        var looksEncoded = isBearer
        while end < bytes.count {
            let byte = escape(at: end)?.byte ?? bytes[end]
            guard isTokenByte(byte) else { break }
            looksEncoded = looksEncoded || byte < 0x40 && byte != 0x2E || (0x41...0x5A).contains(byte)
            end = escape(at: end)?.next ?? end + 1
        }
        return looksEncoded ? start..<end : nil
    }

    /// `eyJ...` with at least two further parts: a signed or encrypted token.
    mutating func webToken(at index: Int) -> Range<Int>? {
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
    func privateKey(at index: Int) -> Range<Int>? {
        guard matches("-----begin ", at: index) else { return nil }
        var end = index + 11
        while end < bytes.count, bytes[end] != UInt8(ascii: "-"), bytes[end] >= 0x20 {
            if matches("private key", at: end) { return index..<bytes.count }
            end += 1
        }
        return nil
    }
}
