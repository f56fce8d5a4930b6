/// What lies around a marker.
extension RedactionScanner {
    /// The run of name bytes that ends at `end`; a percent escape ends the run.
    func nameBefore(_ end: Int) -> Slice<Bytes> {
        var start = end
        while start > 0, isNameByte(bytes[start - 1]), !isEscape(endingAt: start) { start -= 1 }
        return bytes[start..<end]
    }

    /// Whether `%26` or `%3F` (themselves perhaps encoded again) ends just before the index.
    func isEscape(endingAt index: Int) -> Bool {
        guard matches("26", at: index - 2) || matches("3f", at: index - 2) else { return false }
        return escapeStart(endingAt: index) != nil
    }

    /// Whether the text at the index is the word, which is given in lowercase, in any case.
    func matches(_ word: StaticString, at index: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index >= 0, index + length <= bytes.count else { return false }
        for offset in 0..<length {
            let byte = bytes[index + offset]
            let lowered = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard lowered == word.utf8Start[offset] else { return false }
        }
        return true
    }

    func isWordStart(_ index: Int) -> Bool {
        index == 0 || !isAlphanumeric(bytes[index - 1]) || escapeStart(endingAt: index) != nil
    }

    func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    func isTokenByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "=")
    }

    func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
