/// Decimal text of numbers, written straight into a buffer.
enum DecimalDigits {
    /// A minus and the digits of 2^64.
    static let longestInteger = 21

    /// Writes an integer, two digits at a time, and returns its length.
    @inline(__always)
    static func write(_ value: UInt64, to place: UnsafeMutablePointer<UInt8>) -> Int {
        if value < 10 {
            place.pointee = digit(value)
            return 1
        }
        let length = count(value)
        var rest = value
        var end = length
        while rest >= 100 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            end &-= 2
            writePair(pair, to: place + end)
            rest = quotient
        }
        if rest >= 10 {
            writePair(rest, to: place)
        } else {
            place.pointee = digit(rest)
        }
        return length
    }

    /// Room that `writeShort` needs: a minus, fifteen digits, a point, and zeros before them.
    static let longestShortDouble = 32

    /// Writes a double that has at most six decimal places and fifteen digits, as most that people and instruments
    /// make do, and returns its length; 0 if it has more.
    ///
    /// A decimal of at most fifteen digits that reads back as the double is the shortest that does, since no two such
    /// decimals share a double. It does read back: both operands of the division are exact.
    @inline(__always)
    static func writeShort(_ value: Double, to place: UnsafeMutablePointer<UInt8>) -> Int {
        let magnitude = value.magnitude
        guard magnitude < 1e9, magnitude >= 1e-3 || magnitude == 0 else { return 0 }
        let scaled = (magnitude * 1e6).rounded()
        guard scaled / 1e6 == magnitude else { return 0 }

        var length = 0
        if value.sign == .minus {
            place[0] = UInt8(ascii: "-")
            length = 1
        }
        let (whole, fraction) = UInt64(scaled).quotientAndRemainder(dividingBy: 1_000_000)
        length &+= write(whole, to: place + length)
        place[length] = UInt8(ascii: ".")
        length &+= 1
        guard fraction != 0 else {
            place[length] = UInt8(ascii: "0")
            return length &+ 1
        }
        writePair(fraction / 10_000, to: place + length)
        writePair(fraction / 100 % 100, to: place + length + 2)
        writePair(fraction % 100, to: place + length + 4)
        length &+= 6
        while place[length &- 1] == UInt8(ascii: "0") { length &-= 1 }
        return length
    }

    @inline(__always)
    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value)
    }

    @inline(__always)
    private static func writePair(_ pair: UInt64, to place: UnsafeMutablePointer<UInt8>) {
        let tens = (pair &* 103) &>> 10
        place[0] = digit(tens)
        place[1] = digit(pair &- tens &* 10)
    }

    @inline(__always)
    private static func count(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        return count &+ (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
    }
}
