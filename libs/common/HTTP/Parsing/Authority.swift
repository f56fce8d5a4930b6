/// `host` or `host:port` as Host and absolute-form targets have it: a DNS name, an IPv4 address or a bracketed IPv6 one.
///
/// Narrower than RFC 3986, which also lets commas, quotes and escapes into a name; nobody is called that, and some
/// proxies join two Host fields with a comma.
enum Authority {
    static func isValid(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard let first = range.first, range.count <= 255 else { return false }
        var index = first
        if bytes[first] == UInt8(ascii: "[") {
            index += 1
            while index < range.upperBound, isAddressPart(bytes[index]) { index += 1 }
            guard index > first + 2, index < range.upperBound, bytes[index] == UInt8(ascii: "]") else { return false }
            index += 1
        } else {
            while index < range.upperBound, isNamePart(bytes[index]) { index += 1 }
            guard index > first else { return false }
        }
        return index == range.upperBound || isPort(bytes, index..<range.upperBound)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        CharacterClass.isHost(byte) && byte != UInt8(ascii: ":") && byte != UInt8(ascii: "[")
            && byte != UInt8(ascii: "]")
    }

    private static func isAddressPart(_ byte: UInt8) -> Bool {
        CharacterClass.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// A colon and a number of 16 bits.
    private static func isPort(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard bytes[range.lowerBound] == UInt8(ascii: ":"), range.count >= 2, range.count <= 6 else { return false }
        var port = 0
        for index in range.dropFirst() {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return false }
            port = port * 10 + Int(digit)
        }
        return port <= 65535
    }
}
