extension [UInt8] {
    /// Appends text with every character escaped that could end a JSON string, start a new line or steer a terminal:
    /// C0 and C1 controls, DEL, quotes, backslashes, line separators and bidirectional overrides.
    ///
    /// The result is valid inside a JSON string and harmless on a terminal, so nobody can forge a log record.
    mutating func append(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var index = 0
            while index < bytes.count {
                guard needsAttention(bytes[index]), let escape = escape(at: index, in: bytes) else {
                    index += 1
                    continue
                }
                append(contentsOf: bytes[start..<index])
                append(escape: escape.scalar)
                index += escape.length
                start = index
            }
            append(contentsOf: bytes[start...])
        }
    }

    /// Appends the text as a JSON string, quotes included.
    mutating func append(quoting text: String) {
        append(UInt8(ascii: "\""))
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escape scalar: UInt16) {
        append(UInt8(ascii: "\\"))
        switch scalar {
        case 0x22: append(UInt8(ascii: "\""))
        case 0x5C: append(UInt8(ascii: "\\"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        default:
            append(UInt8(ascii: "u"))
            for shift in stride(from: 12, through: 0, by: -4) {
                append(hexDigit(UInt8(truncatingIfNeeded: scalar >> UInt16(shift)) & 15))
            }
        }
    }
}

/// A cheap first look: 0xC2 and 0xE2 begin the sequences of C1 controls and of separators and overrides.
@inline(__always)
private func needsAttention(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || byte == 0xC2 || byte == 0xE2
}

private func escape(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> (scalar: UInt16, length: Int)? {
    let first = bytes[index]
    if first < 0x80 { return (UInt16(first), 1) }
    if first == 0xC2 {
        guard index + 1 < bytes.count, bytes[index + 1] < 0xA0 else { return nil }
        return (UInt16(bytes[index + 1]), 2)
    }
    guard index + 2 < bytes.count else { return nil }
    let scalar = 0x2000 | UInt16(bytes[index + 1] & 0x3F) << 6 | UInt16(bytes[index + 2] & 0x3F)
    switch scalar {
    case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: return (scalar, 3)
    default: return nil
    }
}
