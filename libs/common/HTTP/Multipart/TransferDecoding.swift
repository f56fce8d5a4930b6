/// Undoes a part's Content-Transfer-Encoding. RFC 7578 retired these codings, but mail libraries still apply them.
struct TransferDecoding: Sendable {
    private enum Coding: Sendable { case none, base64, quotedPrintable }

    private let coding: Coding
    /// Base64: the sextets of an unfinished group and how many there are.
    private var group: UInt32 = 0
    private var groupCount = 0
    private var paddingCount = 0
    /// Quoted-printable: what came of an escape that is not complete.
    private var escape: [UInt8] = []

    /// Nil for a coding that is not known.
    init?(_ name: String?) {
        switch name?.lowercased() {
        case nil, "", "7bit", "8bit", "binary": coding = .none
        case "base64": coding = .base64
        case "quoted-printable": coding = .quotedPrintable
        default: return nil
        }
    }

    var isNone: Bool { coding == .none }

    mutating func decode(_ bytes: [UInt8]) throws(ParseFailure) -> [UInt8] {
        switch coding {
        case .none: return bytes
        case .base64: return try decodeBase64(bytes)
        case .quotedPrintable: return try decodeQuotedPrintable(bytes)
        }
    }

    /// The part has ended.
    func finish() throws(ParseFailure) {
        let isWhole = groupCount == 0 || paddingCount > 0 && (groupCount + paddingCount).isMultiple(of: 4)
        guard isWhole, escape.isEmpty else { throw .multipart("the encoded data of a part ends too early") }
    }

    private mutating func decodeBase64(_ bytes: [UInt8]) throws(ParseFailure) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count / 4 * 3 + 3)
        for byte in bytes where byte != 0x0d && byte != 0x0a {
            if byte == UInt8(ascii: "=") {
                paddingCount += 1
                guard groupCount >= 2, groupCount + paddingCount <= 4 else { throw Self.notBase64 }
                if groupCount + paddingCount == 4 { appendRest(to: &decoded) }
                continue
            }
            guard paddingCount == 0, let value = Self.sextet(byte) else { throw Self.notBase64 }
            group = group << 6 | value
            groupCount += 1
            guard groupCount == 4 else { continue }
            decoded.append(UInt8(truncatingIfNeeded: group >> 16))
            decoded.append(UInt8(truncatingIfNeeded: group >> 8))
            decoded.append(UInt8(truncatingIfNeeded: group))
            groupCount = 0
        }
        return decoded
    }

    private func appendRest(to decoded: inout [UInt8]) {
        let bits = group << (6 * UInt32(4 - groupCount))
        decoded.append(UInt8(truncatingIfNeeded: bits >> 16))
        if groupCount == 3 { decoded.append(UInt8(truncatingIfNeeded: bits >> 8)) }
    }

    private static var notBase64: ParseFailure { .multipart("the data of a part is not the base64 that it says") }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5a: UInt32(byte - 0x41)
        case 0x61...0x7a: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private mutating func decodeQuotedPrintable(_ bytes: [UInt8]) throws(ParseFailure) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        for byte in bytes {
            guard !escape.isEmpty else {
                if byte == UInt8(ascii: "=") { escape.append(byte) } else { decoded.append(byte) }
                continue
            }
            escape.append(byte)
            guard escape.count == 3 else { continue }
            // `=` at a line's end joins it with the next.
            if escape[1] != 0x0d || escape[2] != 0x0a {
                guard let high = CharacterClass.hexValue(escape[1]), let low = CharacterClass.hexValue(escape[2]) else {
                    throw .multipart("the data of a part is not the quoted-printable that it says")
                }
                decoded.append(high << 4 | low)
            }
            escape.removeAll(keepingCapacity: true)
        }
        return decoded
    }
}
