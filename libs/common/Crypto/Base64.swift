/// Base64 of RFC 4648 in its two alphabets. Decoding is strict: one text for a sequence of bytes, no blanks, no line
/// ends, nothing in the bits that carry no data.
public enum Base64 {
    public enum Alphabet: Sendable {
        /// `+` and `/`, padded with `=`.
        case standard
        /// `-` and `_`, never padded, as in tokens and URLs.
        case url
    }

    public static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        let groups = (bytes.count + 2) / 3
        return String(unsafeUninitializedCapacity: groups * 4) { text in
            var written = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let count = min(3, bytes.count - start)
                var bits = UInt32(bytes[start]) << 16
                if count > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
                if count > 2 { bits |= UInt32(bytes[start + 2]) }
                for place in 0...count {
                    text[written] = symbol(UInt8(bits >> UInt32(18 - 6 * place) & 63), alphabet)
                    written += 1
                }
                guard alphabet == .standard else { continue }
                for _ in count..<3 {
                    text[written] = UInt8(ascii: "=")
                    written += 1
                }
            }
            return written
        }
    }

    /// Nil unless the text is exactly what `encode` would write.
    public static func decode(_ text: some StringProtocol, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var text = String(text)
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0), alphabet) }
    }

    public static func decode(_ text: UnsafeRawBufferPointer, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var count = text.count
        if alphabet == .standard {
            guard count.isMultiple(of: 4) else { return nil }
            if count > 0, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
            if count > 0, count < text.count, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        }
        let rest = count % 4
        guard rest != 1 else { return nil }
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count / 4 * 3 + max(0, rest - 1)) { bytes, filled in
            filled = 0
            var bits: UInt32 = 0
            var held = 0
            for index in 0..<count {
                let value = value(text[index], alphabet)
                guard value < 64 else { return isValid = false }
                bits = bits << 6 | UInt32(value)
                held += 6
                guard held >= 8 else { continue }
                held -= 8
                bytes[filled] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                filled += 1
            }
            isValid = bits & (1 << UInt32(held) - 1) == 0
        }
        return isValid ? bytes : nil
    }

    private static func symbol(_ value: UInt8, _ alphabet: Alphabet) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: alphabet == .url ? UInt8(ascii: "-") : UInt8(ascii: "+")
        default: alphabet == .url ? UInt8(ascii: "_") : UInt8(ascii: "/")
        }
    }

    /// 64 for what is not in the alphabet.
    private static func value(_ symbol: UInt8, _ alphabet: Alphabet) -> UInt8 {
        switch symbol {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): symbol - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): symbol - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): symbol - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+") where alphabet == .standard, UInt8(ascii: "-") where alphabet == .url: 62
        case UInt8(ascii: "/") where alphabet == .standard, UInt8(ascii: "_") where alphabet == .url: 63
        default: 64
        }
    }
}
