/// Percent-encoding as signatures want it: everything but the unreserved characters, in capital digits.
enum AWSEncoding {
    static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        append(bytes, to: &encoded)
        return encoded
    }

    static func append(_ bytes: some Sequence<UInt8>, to encoded: inout [UInt8], keepingSlash: Bool = false) {
        for byte in bytes {
            if isUnreserved(byte) || keepingSlash && byte.isSlash {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(digit(byte >> 4))
                encoded.append(digit(byte & 15))
            }
        }
    }

    /// Most texts need nothing: they are appended in one piece.
    static func append(_ text: String, to encoded: inout [UInt8], keepingSlash: Bool = false) {
        if text.utf8.allSatisfy({ isUnreserved($0) || keepingSlash && $0.isSlash }) {
            encoded.append(contentsOf: text.utf8)
        } else {
            append(text.utf8, to: &encoded, keepingSlash: keepingSlash)
        }
    }

    /// Nil when a `%` is not followed by two digits.
    static func decoded(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(value), let low = iterator.next().flatMap(value) else {
                return nil
            }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x30...0x39, 0x41...0x5a, 0x2d, 0x2e, 0x5f, 0x7e: true
        default: false
        }
    }
}
