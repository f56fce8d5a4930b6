/// Names as their receiver reads them: `%74oken=`, `token[]=`, `token%5B0%5D=` and `token+=` all name a token.
extension RedactionScanner {
    /// As far back as a name is looked for, so that no text makes a marker costly.
    private static let longestName = 160

    /// Whether the name that ends here stands for a secret.
    func namesSecret(endingAt end: Int) -> Bool {
        let name = nameBefore(end)
        let start = name.startIndex
        if start == 0 || !isNameSyntax(bytes[start - 1]) {
            if name.isEmpty { return false }
            let isInQuery = start > 0 && isParameterSeparator(before: start)
            return isInQuery ? SensitiveNames.containsParameter(name) : SensitiveNames.contains(name)
        }
        return namesSecretWhenDecoded(from: encodedNameStart(end), to: end)
    }

    /// After the last byte, plain or encoded, that can be no part of a name.
    private func encodedNameStart(_ end: Int) -> Int {
        let limit = max(0, end - Self.longestName)
        var start = end
        while start > limit, isNameByte(bytes[start - 1]) || isNameSyntax(bytes[start - 1]) {
            if let (byte, next) = escape(at: start - 1), next <= end, !isBlank(byte), !isNamePart(byte) { return next }
            start -= 1
        }
        return start
    }

    private func isNamePart(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    /// Decodes what may hold more than a name, and judges the last name in it with all that is in its brackets.
    private func namesSecretWhenDecoded(from start: Int, to end: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: end - start) { decoded in
            var count = 0
            var endsInSpace = false
            var isInQuery = start > 0 && isParameterSeparator(before: start)
            var index = start
            while index < end {
                let (byte, next) = decodedByte(at: index)
                index = next
                if isBlank(byte) {
                    endsInSpace = true
                } else if isNamePart(byte) {
                    // Blanks around a name are trimmed; one within begins another word.
                    if endsInSpace, count > 0 { (count, isInQuery) = (0, false) }
                    endsInSpace = false
                    decoded[count] = byte
                    count += 1
                } else {
                    // A percent sign that begins no escape.
                    (count, endsInSpace, isInQuery) = (0, false, false)
                }
            }
            let names = UnsafeBufferPointer(rebasing: decoded[..<count])
            return names.split { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }.contains { name in
                isInQuery ? SensitiveNames.containsParameter(name) : SensitiveNames.contains(name)
            }
        }
    }

    /// What may belong to a name besides the bytes of its words.
    private func isNameSyntax(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        default: false
        }
    }
}
