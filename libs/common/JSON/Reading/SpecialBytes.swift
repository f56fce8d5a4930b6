/// Finds, eight bytes at a time, the first byte of a string that is not plain: a quote, a backslash, a control
/// character or the beginning of anything beyond ASCII.
enum SpecialBytes {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Zero if all eight bytes are plain; else the lowest set bit is in the first byte that is not.
    ///
    /// Subtracting makes a byte's high bit when the byte was below what is subtracted. The borrow can mark bytes
    /// wrongly only above one that is rightly marked, so the lowest mark always holds.
    @inline(__always)
    static func inWord(at bytes: UnsafePointer<UInt8>) -> UInt64 {
        let word = UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
        let quote = (word ^ (ones &* UInt64(UInt8(ascii: "\"")))) &- ones
        let backslash = (word ^ (ones &* UInt64(UInt8(ascii: "\\")))) &- ones
        let control = word &- (ones &* 0x20)
        return (quote | backslash | control | word) & highBits
    }
}
