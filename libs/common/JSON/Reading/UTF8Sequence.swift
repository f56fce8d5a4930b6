/// UTF-8 of one Unicode scalar beyond ASCII: checked, or written.
enum UTF8Sequence {
    /// How many bytes the sequence at `bytes` has, or 0 if it is not well-formed (Unicode 15, table 3-7).
    ///
    /// Reads no further than the first byte that is wrong, so a zero byte after the text is bound enough.
    @inline(__always)
    static func length(at bytes: UnsafePointer<UInt8>) -> Int {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[0] {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xE1...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: return 0
        }
        guard second.contains(bytes[1]) else { return 0 }
        if length > 2, bytes[2] & 0xC0 != 0x80 { return 0 }
        if length > 3, bytes[3] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Writes a scalar and returns how many bytes it took.
    static func write(_ scalar: UInt32, to bytes: UnsafeMutablePointer<UInt8>) -> Int {
        func continuation(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80:
            bytes[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        case ..<0x800:
            bytes[0] = 0xC0 | UInt8(truncatingIfNeeded: scalar >> 6)
            bytes[1] = continuation(0)
            return 2
        case ..<0x10000:
            bytes[0] = 0xE0 | UInt8(truncatingIfNeeded: scalar >> 12)
            bytes[1] = continuation(6)
            bytes[2] = continuation(0)
            return 3
        default:
            bytes[0] = 0xF0 | UInt8(truncatingIfNeeded: scalar >> 18)
            bytes[1] = continuation(12)
            bytes[2] = continuation(6)
            bytes[3] = continuation(0)
            return 4
        }
    }
}
