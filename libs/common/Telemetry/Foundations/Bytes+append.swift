// What is rendered here (log lines, metrics, spans) is written straight into a byte buffer: no intermediate strings.
extension [UInt8] {
    @inline(__always)
    mutating func append(text: String) { append(contentsOf: text.utf8) }

    mutating func append(decimal value: some BinaryInteger) { append(contentsOf: String(value).utf8) }

    /// Appends exactly `digits` decimal digits, with leading zeros.
    mutating func append(decimal value: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<Swift.max(digits, 1) { divisor *= 10 }
        for _ in 0..<digits {
            append(UInt8(truncatingIfNeeded: 48 + value / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends 16 lowercase hexadecimal digits.
    mutating func append(hex value: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            append(hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15))
        }
    }
}

@inline(__always)
func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

/// The value of a hexadecimal digit, or nil. Uppercase is refused, as the trace headers demand.
@inline(__always)
func lowercaseHexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 97...102: byte - 87
    default: nil
    }
}
