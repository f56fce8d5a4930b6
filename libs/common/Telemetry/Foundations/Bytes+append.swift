// What is rendered here (log lines, metrics, spans) is written straight into a byte buffer: no intermediate strings.
extension [UInt8] {
    @inline(__always)
    mutating func append(text: String) { append(contentsOf: text.utf8) }

    mutating func append(decimal value: Int) {
        append(upTo: 20) { digits in
            var start = 20
            var rest = value.magnitude
            repeat {
                start -= 1
                digits[start] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            return start..<20
        }
    }

    /// Appends exactly `digits` decimal digits, with leading zeros.
    mutating func append(decimal value: Int, digits: Int) {
        append(upTo: digits) { buffer in
            writeDecimal(value, digits: digits, at: 0, into: buffer)
            return 0..<digits
        }
    }

    /// Appends 16 lowercase hexadecimal digits.
    mutating func append(hex value: UInt64) {
        append(upTo: 16) { digits in
            for index in 0..<16 {
                digits[index] = hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15)
            }
            return 0..<16
        }
    }

    /// Appends the part that `fill` names of what it wrote into a buffer on the stack: one growth instead of many.
    @inline(__always)
    mutating func append(upTo count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Range<Int>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { buffer in
            let used = fill(buffer)
            append(contentsOf: UnsafeBufferPointer(rebasing: buffer[used]))
        }
    }
}

/// Writes exactly `digits` decimal digits of a number that is not negative.
@inline(__always)
func writeDecimal(_ value: Int, digits: Int, at start: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) {
    var rest = UInt(bitPattern: value)
    for index in stride(from: start + digits - 1, through: start, by: -1) {
        buffer[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
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
