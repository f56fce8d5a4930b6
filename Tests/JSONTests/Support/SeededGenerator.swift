import TestKit

extension SeededGenerator {
    /// Any finite double, all exponents alike.
    mutating func double() -> Double {
        while true {
            let value = Double(bitPattern: next())
            if value.isFinite { return value }
        }
    }

    /// Text from all corners of Unicode, with much that must be escaped.
    mutating func string() -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x1F, 0x20...0x7E, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x7F...0x7FF, 0x800...0xD7FF,
            0xE000...0xFFFF, 0x10000...0x10FFFF,
        ]
        var string = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &self) {
            let range = ranges.randomElement(using: &self)!
            string.append(Unicode.Scalar(UInt32.random(in: range, using: &self))!)
        }
        return String(string)
    }
}
