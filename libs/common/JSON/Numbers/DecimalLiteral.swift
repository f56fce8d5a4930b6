/// The nearest floating-point number to a literal that the scanner has checked; infinite if out of range.
enum DecimalLiteral {
    static func double(_ literal: UnsafeBufferPointer<UInt8>) -> Double {
        let parts = Parts(literal)
        guard parts.isExact, let magnitude = parts.nearestDouble else {
            return Double(String(decoding: literal, as: UTF8.self)) ?? .infinity
        }
        return parts.isNegative ? -magnitude : magnitude
    }

    /// Rounding first to a double and then to a float is wrong only if the double lies halfway between two floats.
    static func float(_ literal: UnsafeBufferPointer<UInt8>) -> Float {
        let double = double(literal)
        let float = Float(double)
        let rest = double - Double(float)
        guard rest != 0 else { return float }
        let neighbour = Double(rest > 0 ? float.nextUp : float.nextDown)
        guard rest == neighbour - double else { return float }
        return Float(String(decoding: literal, as: UTF8.self)) ?? .infinity
    }

    /// A literal as `significand * 10^exponent`.
    private struct Parts {
        var isNegative = false
        var significand: UInt64 = 0
        var exponent = 0
        /// False if the literal has more digits than 64 bits hold, or an exponent beyond all reason.
        var isExact = true

        @inline(__always)
        init(_ literal: UnsafeBufferPointer<UInt8>) {
            var place = 0
            var digits = 0
            if literal[0] == UInt8(ascii: "-") {
                isNegative = true
                place = 1
            }
            scan: while place < literal.count {
                let byte = literal[place]
                guard isDigit(byte) else { break scan }
                significand = significand &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                if significand != 0 { digits &+= 1 }
                place &+= 1
            }
            if place < literal.count, literal[place] == UInt8(ascii: ".") {
                place &+= 1
                let start = place
                while place < literal.count, isDigit(literal[place]) {
                    significand = significand &* 10 &+ UInt64(literal[place] &- UInt8(ascii: "0"))
                    if significand != 0 { digits &+= 1 }
                    place &+= 1
                }
                exponent = start &- place
            }
            if digits > 19 { isExact = false }
            if place < literal.count { readExponent(literal, from: place &+ 1) }
        }

        private mutating func readExponent(_ literal: UnsafeBufferPointer<UInt8>, from start: Int) {
            let isNegative = literal[start] == UInt8(ascii: "-")
            var value = 0
            for byte in literal[start...] where isDigit(byte) {
                guard value < 100_000 else {
                    isExact = false
                    return
                }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            exponent += isNegative ? -value : value
        }

        @inline(__always)
        var nearestDouble: Double? {
            if significand <= 1 << 53, -22...22 ~= exponent {
                // Both factors are exact, so the one rounding of IEEE arithmetic is the right one.
                let power = DecimalPowers.exact[abs(exponent)]
                return exponent < 0 ? Double(significand) / power : Double(significand) * power
            }
            return EiselLemire.nearestDouble(significand, exponent)
        }
    }
}
