/// One side's old and new pixels on a common scale, on which both have whole lengths.
struct Coverage {
    let old, new: Int
    /// The lengths of an old and of a new pixel.
    let oldLength, newLength: Int

    init(from old: Int, to new: Int) {
        let divisor = Self.greatestCommonDivisor(old, new)
        self.old = old
        self.new = new
        oldLength = new / divisor
        newLength = old / divisor
    }

    /// The old pixels that a new one covers, in part or whole.
    func covered(by index: Int) -> Range<Int> {
        let start = index * newLength
        return start / oldLength..<(start + newLength + oldLength - 1) / oldLength
    }

    /// How much of an old pixel a new one covers.
    func weight(of old: Int, in new: Int) -> Int {
        min((old + 1) * oldLength, (new + 1) * newLength) - max(old * oldLength, new * newLength)
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}

/// Sums rows first, which the compiler turns into vector instructions, then columns of the few sums that are left.
/// With alpha, colours are summed times alpha and divided by its sum, so that what is unseen colours nothing.
struct AreaAverage {
    let channels: Int
    let hasAlpha: Bool
    let across, down: Coverage

    private typealias Unsigned = FixedWidthInteger & UnsignedInteger

    /// Sums are kept in the fewest bits that hold them, so that more of them are added at once.
    func run<Sample: FixedWidthInteger & UnsignedInteger>(
        _ source: UnsafeBufferPointer<Sample>, _ target: UnsafeMutablePointer<Sample>
    ) {
        let largest = hasAlpha ? Int(Sample.max) * Int(Sample.max) : Int(Sample.max)
        let (sum, overflows) = largest.multipliedReportingOverflow(by: down.newLength)
        switch overflows ? Int.max : sum {
        case ...Int(UInt16.max): run(source, target, sums: UInt16.self)
        case ...Int(UInt32.max): run(source, target, sums: UInt32.self)
        default: run(source, target, sums: UInt64.self)
        }
    }

    private func run<Sample: Unsigned, Sum: Unsigned>(
        _ source: UnsafeBufferPointer<Sample>, _ target: UnsafeMutablePointer<Sample>, sums: Sum.Type
    ) {
        let rowCount = across.old * channels
        withUnsafeTemporaryAllocation(of: Sum.self, capacity: rowCount) { sums in
            let sums = sums.baseAddress!
            for y in 0..<down.new {
                sums.initialize(repeating: 0, count: rowCount)
                for row in down.covered(by: y) {
                    add(source.baseAddress! + row * rowCount, to: sums, times: Sum(down.weight(of: row, in: y)))
                }
                let result = target + y * across.new * channels
                if hasAlpha { divideByAlpha(sums, result) } else { divide(sums, result) }
            }
        }
    }

    private func add<Sample: Unsigned, Sum: Unsigned>(
        _ row: UnsafePointer<Sample>, to sums: UnsafeMutablePointer<Sum>, times weight: Sum
    ) {
        let count = across.old * channels
        switch (hasAlpha, channels) {
        case (true, 2): addWithAlpha(row, to: sums, times: weight, channels: 2)
        case (true, _): addWithAlpha(row, to: sums, times: weight, channels: 4)
        case (false, _) where weight == 1:
            for index in 0..<count { sums[index] &+= Sum(truncatingIfNeeded: row[index]) }
        default:
            for index in 0..<count { sums[index] &+= Sum(truncatingIfNeeded: row[index]) &* weight }
        }
    }

    /// Inlined, so that the number of channels is a constant.
    @inline(__always)
    private func addWithAlpha<Sample: Unsigned, Sum: Unsigned>(
        _ row: UnsafePointer<Sample>, to sums: UnsafeMutablePointer<Sum>, times weight: Sum, channels: Int
    ) {
        for pixel in 0..<across.old {
            let (source, target) = (row + pixel * channels, sums + pixel * channels)
            let alpha = Sum(truncatingIfNeeded: source[channels - 1]) &* weight
            for channel in 0..<channels - 1 {
                target[channel] &+= Sum(truncatingIfNeeded: source[channel]) &* alpha
            }
            target[channels - 1] &+= alpha
        }
    }

    /// The sum of one channel over the columns that a new pixel covers.
    private func columns<Sum: Unsigned>(_ sums: UnsafePointer<Sum>, _ x: Int, _ channel: Int) -> UInt64 {
        let covered = across.covered(by: x)
        var sum: UInt64 = 0
        for column in covered {
            let weight = UInt64(truncatingIfNeeded: across.weight(of: column, in: x))
            sum &+= UInt64(sums[column * channels + channel]) &* weight
        }
        return sum
    }

    private func divide<Sample: Unsigned, Sum: Unsigned>(
        _ sums: UnsafePointer<Sum>, _ target: UnsafeMutablePointer<Sample>
    ) {
        let divisor = RoundedDivisor(UInt64(across.newLength * down.newLength), largestQuotient: UInt64(Sample.max))
        switch (across.oldLength, channels) {
        case (1, 1): divideWhole(sums, target, divisor, channels: 1)
        case (1, _): divideWhole(sums, target, divisor, channels: 3)
        default:
            for x in 0..<across.new {
                for channel in 0..<channels {
                    let sum = columns(sums, x, channel)
                    target[x * channels + channel] = Sample(truncatingIfNeeded: divisor.quotient(of: sum))
                }
            }
        }
    }

    /// The common case by far: whole old pixels make up a new one. Inlined as above.
    @inline(__always)
    private func divideWhole<Sample: Unsigned, Sum: Unsigned>(
        _ sums: UnsafePointer<Sum>, _ target: UnsafeMutablePointer<Sample>, _ divisor: RoundedDivisor, channels: Int
    ) {
        let length = across.newLength
        for x in 0..<across.new {
            let source = sums + x * length * channels
            for channel in 0..<channels {
                var sum: UInt64 = 0
                for column in 0..<length { sum &+= UInt64(truncatingIfNeeded: source[column &* channels &+ channel]) }
                target[x * channels + channel] = Sample(truncatingIfNeeded: divisor.quotient(of: sum))
            }
        }
    }

    private func divideByAlpha<Sample: Unsigned, Sum: Unsigned>(
        _ sums: UnsafePointer<Sum>, _ target: UnsafeMutablePointer<Sample>
    ) {
        let area = UInt64(across.newLength * down.newLength)
        for x in 0..<across.new {
            let pixel = target + x * channels
            let alpha = columns(sums, x, channels - 1)
            for channel in 0..<channels - 1 {
                let sum = columns(sums, x, channel)
                pixel[channel] = alpha == 0 ? 0 : Sample(truncatingIfNeeded: (sum &+ alpha / 2) / alpha)
            }
            pixel[channels - 1] = Sample(truncatingIfNeeded: (alpha + area / 2) / area)
        }
    }
}

/// Division by a number known beforehand, rounded to the nearest; by multiplication where that is exact.
struct RoundedDivisor {
    private let divisor: UInt64
    private let half: UInt64
    /// 2^32 over the divisor, rounded up; 0 where its error could reach the quotient.
    private let multiplier: UInt64
    private let reciprocal: Double

    init(_ divisor: UInt64, largestQuotient: UInt64) {
        self.divisor = divisor
        half = divisor / 2
        // The error is less than the number over 2^32, and must be less than one unit over the divisor.
        let isSmall = divisor < 1 << 16 && (largestQuotient + 1) * divisor * divisor < 1 << 32
        multiplier = isSmall ? ((1 << 32) + divisor - 1) / divisor : 0
        reciprocal = 1 / Double(divisor)
    }

    @inline(__always)
    func quotient(of number: UInt64) -> UInt64 {
        let shifted = number &+ half
        if multiplier != 0 { return (shifted &* multiplier) >> 32 }
        guard shifted < 1 << 49 else { return shifted / divisor }
        // A quarter of a unit outweighs the rounding of doubles, so that no multiple of the divisor falls short.
        return UInt64(truncatingIfNeeded: Int64((Double(Int64(bitPattern: shifted)) + 0.25) * reciprocal))
    }
}
