/// The value of an integer literal that the scanner has checked.
struct IntegerLiteral {
    private let isNegative: Bool
    /// Nil if 64 bits cannot hold it.
    private let magnitude: UInt64?

    @inline(__always)
    init(_ literal: UnsafeBufferPointer<UInt8>) {
        isNegative = literal[0] == UInt8(ascii: "-")
        let digits = UnsafeBufferPointer(rebasing: literal[(isNegative ? 1 : 0)...])
        guard digits.count < 19 else {
            magnitude = IntegerLiteral.longMagnitude(digits)
            return
        }
        var value: UInt64 = 0
        for digit in digits { value = value &* 10 &+ UInt64(digit &- UInt8(ascii: "0")) }
        magnitude = value
    }

    @inline(never)
    private static func longMagnitude(_ digits: UnsafeBufferPointer<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    @inline(__always)
    func value<I: FixedWidthInteger>(as type: I.Type) -> I? {
        guard let magnitude else { return nil }
        guard isNegative else { return I(exactly: magnitude) }
        guard magnitude <= I.min.magnitude else { return nil }
        return I(truncatingIfNeeded: 0 &- magnitude)
    }
}
