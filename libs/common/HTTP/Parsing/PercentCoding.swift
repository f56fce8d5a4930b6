/// Percent-encoding of paths and queries (RFC 3986).
public enum PercentCoding {
    /// Decodes; bytes that are not UTF-8 become U+FFFD, a `%` without two digits stays.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, plusIsSpace: Bool = false) -> String {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[range])
        guard slice.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(decoding: slice, as: UTF8.self)
        }
        return String(decoding: decodedBytes(slice, plusIsSpace: plusIsSpace), as: UTF8.self)
    }

    static func decodedBytes(_ slice: UnsafeRawBufferPointer, plusIsSpace: Bool) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(slice.count)
        var index = 0
        while index < slice.count {
            let byte = slice[index]
            if byte == UInt8(ascii: "%"), index + 2 < slice.count, let high = CharacterClass.hexValue(slice[index + 1]),
                let low = CharacterClass.hexValue(slice[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        return decoded
    }

    public static func decode(_ text: String) -> String {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0), 0..<$0.count) }
    }

    /// Encodes everything but the unreserved characters, and `/` where it is kept.
    public static func encode(_ text: String, keepingSlash: Bool = false) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: encoded.append(byte)
            case 0x2f where keepingSlash: encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(hexDigit(byte >> 4))
                encoded.append(hexDigit(byte & 15))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }
}
