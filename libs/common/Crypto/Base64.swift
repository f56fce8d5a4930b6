import COpenSSL

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
        guard let count = decodedCount(text, alphabet) else { return nil }
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            isValid = decode(text, alphabet, into: UnsafeMutableRawBufferPointer(bytes))
            filled = isValid ? count : 0
        }
        return isValid ? bytes : nil
    }

    /// How many bytes the text stands for by its length and padding; nil if there is no text of that length.
    public static func decodedCount(_ text: UnsafeRawBufferPointer, _ alphabet: Alphabet) -> Int? {
        guard let symbols = symbolCount(text, alphabet), symbols % 4 != 1 else { return nil }
        return symbols / 4 * 3 + max(0, symbols % 4 - 1)
    }

    /// Decodes into room for exactly as many bytes as `decodedCount` says; false if the text is not what `encode`
    /// would write.
    public static func decode(
        _ text: UnsafeRawBufferPointer, _ alphabet: Alphabet, into bytes: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let symbols = symbolCount(text, alphabet), let count = decodedCount(text, alphabet), bytes.count == count
        else { return false }
        guard count > 0, let text = text.baseAddress, let bytes = bytes.baseAddress else { return symbols == 0 }
        let values = (alphabet == .url ? urlValues : standardValues).utf8Start
        @inline(__always)
        func value(_ place: Int) -> UInt32 {
            UInt32(values[Int(text.load(fromByteOffset: place, as: UInt8.self))])
        }
        // Of all values met; 64 stands for what is not in the alphabet.
        var met: UInt32 = 0
        var read = copenssl_base64_blocks(
            text.assumingMemoryBound(to: UInt8.self), symbols, symbol(62, alphabet), symbol(63, alphabet),
            bytes.assumingMemoryBound(to: UInt8.self))
        var write = bytes + read / 4 * 3
        while read &+ 4 <= symbols {
            let (one, two, three, four) = (value(read), value(read &+ 1), value(read &+ 2), value(read &+ 3))
            met |= one | two | three | four
            let bits = one &<< 18 | two &<< 12 | three &<< 6 | four
            write.storeBytes(of: UInt8(truncatingIfNeeded: bits &>> 16), as: UInt8.self)
            write.storeBytes(of: UInt8(truncatingIfNeeded: bits &>> 8), toByteOffset: 1, as: UInt8.self)
            write.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: 2, as: UInt8.self)
            read &+= 4
            write += 3
        }
        guard read < symbols else { return met < 64 }
        let (one, two) = (value(read), value(read &+ 1))
        let three = symbols &- read == 3 ? value(read &+ 2) : 0
        write.storeBytes(of: UInt8(truncatingIfNeeded: one &<< 2 | two &>> 4), as: UInt8.self)
        guard symbols &- read == 3 else { return (met | one | two) < 64 && two & 15 == 0 }
        write.storeBytes(of: UInt8(truncatingIfNeeded: two &<< 4 | three &>> 2), toByteOffset: 1, as: UInt8.self)
        return (met | one | two | three) < 64 && three & 3 == 0
    }

    /// Without the padding; nil if that is wrong.
    private static func symbolCount(_ text: UnsafeRawBufferPointer, _ alphabet: Alphabet) -> Int? {
        guard alphabet == .standard else { return text.count }
        guard text.count.isMultiple(of: 4) else { return nil }
        guard let last = text.last, last == UInt8(ascii: "=") else { return text.count }
        return text[text.count - 2] == UInt8(ascii: "=") ? text.count - 2 : text.count - 1
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

    // The values of all bytes as characters: a static string needs no set-up at run time. 64 (`@`) stands for what is
    // not in the alphabet.
    private static let standardValues: StaticString = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@>@@@?456789:;<=@@@@@@\
        @\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{e}\u{f}\u{10}\u{11}\u{12}\u{13}\u{14}\u{15}\u{16}\u{17}\u{18}\u{19}@@@@@\
        @\u{1a}\u{1b}\u{1c}\u{1d}\u{1e}\u{1f} !\"#$%&'()*+,-./0123@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        """

    private static let urlValues: StaticString = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@>@@456789:;<=@@@@@@\
        @\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{e}\u{f}\u{10}\u{11}\u{12}\u{13}\u{14}\u{15}\u{16}\u{17}\u{18}\u{19}@@@@?\
        @\u{1a}\u{1b}\u{1c}\u{1d}\u{1e}\u{1f} !\"#$%&'()*+,-./0123@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        """
}
