/// Percent-encoded bytes, however many times they were encoded: `%22`, `%2522`, `%252522`.
extension RedactionScanner {
    private static let layers = 8

    /// The byte that the text at the index stands for in a query, and where the next one begins.
    func decodedByte(at index: Int) -> (byte: UInt8, next: Int) {
        switch bytes[index] {
        case UInt8(ascii: "+"): return (UInt8(ascii: " "), index + 1)
        case UInt8(ascii: "%"): return escape(at: index) ?? (UInt8(ascii: "%"), index + 1)
        case let byte: return (byte, index + 1)
        }
    }

    /// The byte that an escape stands for; nil when none is here.
    func escape(at index: Int) -> (byte: UInt8, next: Int)? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "%") else { return nil }
        var digits = index + 1
        for _ in 0..<Self.layers where matches("25", at: digits) { digits += 2 }
        guard digits + 1 < bytes.count, let high = hexValue(bytes[digits]), let low = hexValue(bytes[digits + 1])
        else { return nil }
        return (high << 4 | low, digits + 2)
    }

    /// Where the escape begins that ends just before the index; nil when none does.
    func escapeStart(endingAt index: Int) -> Int? {
        guard index >= 3, hexValue(bytes[index - 1]) != nil, hexValue(bytes[index - 2]) != nil else { return nil }
        var position = index - 3
        for _ in 0..<Self.layers {
            guard bytes[position] != UInt8(ascii: "%"), position >= 2, matches("25", at: position - 1) else { break }
            position -= 2
        }
        return bytes[position] == UInt8(ascii: "%") ? position : nil
    }

    /// After the blanks that begin here, encoded or not.
    func afterBlanks(_ start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let (byte, next) = decodedByte(at: index)
            guard isBlank(byte), bytes[index] < 0x80, !isLineEnd(bytes[index]) else { break }
            index = next
        }
        return index
    }

    /// Before the blanks that end here, encoded or not.
    func beforeBlanks(_ end: Int) -> Int {
        var index = end
        while index > 0 {
            if bytes[index - 1] == UInt8(ascii: " ") || bytes[index - 1] == UInt8(ascii: "+") {
                index -= 1
            } else if let start = escapeStart(endingAt: index), let byte = escape(at: start)?.byte, isBlank(byte) {
                index = start
            } else {
                break
            }
        }
        return index
    }

    /// White space and controls; and what is not ASCII, of which some is blank and none is in a name that we know.
    func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 || byte >= 0x7F }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private func hexValue(_ byte: UInt8) -> UInt8? {
        lowercaseHexValue((0x41...0x46).contains(byte) ? byte | 0x20 : byte)
    }
}
