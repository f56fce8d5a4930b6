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

    func run<Sample: FixedWidthInteger & UnsignedInteger>(
        _ source: UnsafeBufferPointer<Sample>, _ target: UnsafeMutablePointer<Sample>
    ) {
        let largest = hasAlpha ? Int(Sample.max) * Int(Sample.max) : Int(Sample.max)
        if largest.multipliedReportingOverflow(by: down.newLength).partialValue <= UInt32.max,
            !largest.multipliedReportingOverflow(by: down.newLength).overflow
        {
            run(source, target, sums: UInt32.self)
        } else {
            run(source, target, sums: UInt64.self)
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
        guard hasAlpha else {
            for index in 0..<across.old * channels { sums[index] &+= Sum(truncatingIfNeeded: row[index]) &* weight }
            return
        }
        for pixel in 0..<across.old {
            let first = pixel * channels
            let alpha = Sum(row[first + channels - 1]) &* weight
            for channel in first..<first + channels - 1 { sums[channel] &+= Sum(row[channel]) &* alpha }
            sums[first + channels - 1] &+= alpha
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
        let divisor = RoundedDivisor(UInt64(across.newLength * down.newLength))
        guard across.oldLength == 1 else {
            for x in 0..<across.new {
                for channel in 0..<channels {
                    target[x * channels + channel] = Sample(
                        truncatingIfNeeded: divisor.quotient(of: columns(sums, x, channel)))
                }
            }
            return
        }
        // The common case by far: whole old pixels make up a new one.
        for x in 0..<across.new {
            for channel in 0..<channels {
                var place = x * across.newLength * channels + channel
                var sum: UInt64 = 0
                for _ in 0..<across.newLength {
                    sum &+= UInt64(truncatingIfNeeded: sums[place])
                    place &+= channels
                }
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

/// Division by a number known beforehand, rounded to the nearest.
struct RoundedDivisor {
    private let divisor: UInt64
    private let reciprocal: Double

    init(_ divisor: UInt64) {
        self.divisor = divisor
        reciprocal = 1 / Double(divisor)
    }

    /// By multiplication where that is exact: below 2^49, a quarter of a unit outweighs the rounding of doubles, so
    /// that no multiple of the divisor falls short.
    @inline(__always)
    func quotient(of number: UInt64) -> UInt64 {
        let shifted = number &+ divisor / 2
        guard shifted < 1 << 49 else { return shifted / divisor }
        return UInt64(truncatingIfNeeded: Int64((Double(Int64(bitPattern: shifted)) + 0.25) * reciprocal))
    }
}
