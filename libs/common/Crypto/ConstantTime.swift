import COpenSSL

/// Comparisons that take as long for a near miss as for a far one.
public enum ConstantTime {
    /// Only the lengths show in the time it takes.
    public static func equal(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        return one.isEmpty || CRYPTO_memcmp(one.baseAddress!, other.baseAddress!, one.count) == 0
    }

    public static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.withUnsafeBytes { one in other.withUnsafeBytes { equal(one, $0) } }
    }

    public static func equal(_ one: String, _ other: String) -> Bool {
        equal(Array(one.utf8), Array(other.utf8))
    }
}
