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

    /// `"name": "value"` of JSON, and `Name: value` of a header.
    func memberValue(at index: Int) -> Range<Int>? {
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

    func lineEnd(from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] >= 0x20, bytes[index] != 0x22 { index += 1 }
        return index
    }

    /// `Bearer xxx`, and `Basic xxx` when what follows looks encoded.
    func credentials(at index: Int) -> Range<Int>? {
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
