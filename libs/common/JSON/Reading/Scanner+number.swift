extension Scanner {
    /// Scans the number at `position`: an optional minus, no leading zero, digits on both sides of a point.
    @inline(__always)
    mutating func scanNumber() throws(JSONError) {
        let start = position
        if text[position] == UInt8(ascii: "-") { position &+= 1 }
        if text[position] == UInt8(ascii: "0") {
            position &+= 1
            if isDigit(text[position]) { throw failure("a number must not begin with 0") }
        } else {
            try scanDigits("a digit")
        }
        var kind = Token.Kind.integer
        if text[position] == UInt8(ascii: ".") {
            kind = .decimal
            position &+= 1
            try scanDigits("a digit after the point")
        }
        if text[position] | 0x20 == UInt8(ascii: "e") {
            kind = .decimal
            position &+= 1
            if text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") { position &+= 1 }
            try scanDigits("a digit in the exponent")
        }
        append(kind, from: start, to: position)
    }

    @inline(__always)
    private mutating func scanDigits(_ expected: @autoclosure () -> String) throws(JSONError) {
        guard isDigit(text[position]) else { throw unexpected(expected()) }
        repeat { position &+= 1 } while isDigit(text[position])
    }
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
}
