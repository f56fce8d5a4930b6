/// What may be copied from a token into a header of a request that we send.
enum SafeText {
    /// `[A-Za-z0-9._:@-]{1,128}`.
    @inline(__always)
    static func isIdentifier(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard (1...128).contains(text.count) else { return false }
        var isSafe: UInt64 = 1
        for byte in text {
            isSafe &= (byte < 64 ? low : byte < 128 ? high : 0) &>> UInt64(byte & 63)
        }
        return isSafe & 1 == 1
    }

    static func isIdentifier(_ text: String) -> Bool {
        text.withBytes { isIdentifier($0) }
    }

    // A bit for each allowed character below 64 and from 64 on: digits `-.:`, then letters `@_`.
    private static let low: UInt64 = 0x07ff_6000_0000_0000
    private static let high: UInt64 = 0x07ff_fffe_87ff_ffff

    /// Scopes of RFC 6749, one blank between two.
    static func isScope(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count <= 2048 else { return false }
        var isAfterBlank = true
        for byte in text {
            switch byte {
            case UInt8(ascii: " ") where !isAfterBlank: isAfterBlank = true
            case 0x21, 0x23...0x5b, 0x5d...0x7e: isAfterBlank = false
            default: return false
            }
        }
        return text.isEmpty || !isAfterBlank
    }

    static func isScope(_ text: String) -> Bool {
        text.withBytes { isScope($0) }
    }
}
