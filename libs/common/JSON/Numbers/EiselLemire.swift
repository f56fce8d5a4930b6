/// The nearest double to `significand * 10^exponent` by one or two multiplications, after D. Lemire, "Number parsing
/// at a gigabyte per second" (2021); for the exponents that data have, else nil.
enum EiselLemire {
    static func nearestDouble(_ significand: UInt64, _ exponent: Int) -> Double? {
        guard significand != 0 else { return 0 }
        guard DecimalPowers.exponents.contains(exponent) else { return nil }
        let power = DecimalPowers.ofFive[exponent - DecimalPowers.exponents.lowerBound]

        // The product of the normalised significand and the power of five: 64 good bits, more only where they matter.
        let shift = significand.leadingZeroBitCount
        let normalised = significand << UInt64(shift)
        var product = normalised.multipliedFullWidth(by: power.high)
        if product.high & 0x1FF == 0x1FF {
            let (low, carry) = product.low.addingReportingOverflow(normalised.multipliedFullWidth(by: power.low).high)
            product.low = low
            if carry { product.high += 1 }
        }
        if product.low == .max, !(-27...55).contains(exponent) { return nil }

        let upper = Int(product.high >> 63)
        let excess = UInt64(upper + 64 - 52 - 3)
        var bits = product.high >> excess
        var binaryExponent = (((152_170 + 65_536) * exponent) >> 16) + 63 + upper - shift + 1023
        // Subnormal doubles are left to the slow way.
        guard binaryExponent > 0 else { return nil }

        // Exactly halfway between two doubles: to the even one.
        if product.low <= 1, (-4...23).contains(exponent), bits & 3 == 1, bits << excess == product.high {
            bits &= ~1
        }
        bits += bits & 1
        bits >>= 1
        if bits >= 2 << 52 {
            bits = 1 << 52
            binaryExponent += 1
        }
        guard binaryExponent < 0x7FF else { return .infinity }
        return Double(bitPattern: (bits & ~(1 << 52)) | UInt64(binaryExponent) << 52)
    }
}

enum DecimalPowers {
    /// Powers of ten that a double holds exactly.
    static let exact: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// Where the powers of five, or the reciprocals' divisors, fit 128 bits with room to divide.
    static let exponents = -54...55

    /// The first 128 bits of 5^exponent, for each of `exponents`; worked out when first wanted.
    static let ofFive: [(high: UInt64, low: UInt64)] = exponents.map { exponent in
        var power: UInt128 = 1
        for _ in 0..<abs(exponent) { power *= 5 }
        let bits = exponent < 0 ? reciprocal(of: power) + (exponent >= -27 ? 1 : 0) : power << power.leadingZeroBitCount
        return (UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits))
    }

    /// The first 128 bits of 1 / divisor, by long division in base two.
    private static func reciprocal(of divisor: UInt128) -> UInt128 {
        var quotient: UInt128 = 0
        var remainder: UInt128 = 1
        while quotient.leadingZeroBitCount > 0 {
            remainder <<= 1
            quotient <<= 1
            if remainder >= divisor {
                remainder -= divisor
                quotient |= 1
            }
        }
        return quotient
    }
}
