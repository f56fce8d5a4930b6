extension Scanner {
    /// Scans the string whose opening quote is at `position`.
    @inline(__always)
    mutating func scanString(_ kind: Token.Kind) throws(JSONError) {
        let start = position &+ 1
        var end = start
        while true {
            let special = SpecialBytes.inWord(at: text + end)
            guard special != 0 else {
                end &+= 8
                continue
            }
            end &+= special.trailingZeroBitCount &>> 3
            break
        }
        position = end
        if text[end] == UInt8(ascii: "\"") {
            position &+= 1
        } else {
            end = try scanRestOfString()
        }
        append(kind, from: start, to: end, link: kind == .key ? fingerprint(from: start, to: end) : 0)
    }

    /// Goes on from a byte that is no plain ASCII: checks UTF-8, decodes escapes. Returns where the decoded text ends.
    @inline(never)
    private mutating func scanRestOfString() throws(JSONError) -> Int {
        let opening = position
        var write = position
        while true {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\""):
                position &+= 1
                return write
            case UInt8(ascii: "\\"):
                write = try scanEscape(into: write)
            case 0x20..<0x80:
                text[write] = byte
                write &+= 1
                position &+= 1
            case 0x80...:
                let length = UTF8Sequence.length(at: text + position)
                guard length > 0 else { throw failure("the string is not valid UTF-8") }
                for offset in 0..<length { text[write &+ offset] = text[position &+ offset] }
                write &+= length
                position &+= length
            default:
                if position == count {
                    throw failure("the string that continues at byte \(opening) has no closing quote")
                }
                throw failure("a control character in a string must be escaped")
            }
        }
    }

    /// Decodes the escape at `position` to `write`; returns the place after what was written.
    private mutating func scanEscape(into write: Int) throws(JSONError) -> Int {
        let decoded: UInt8
        switch text[position &+ 1] {
        case UInt8(ascii: "\""): decoded = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): decoded = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): decoded = UInt8(ascii: "/")
        case UInt8(ascii: "b"): decoded = 0x08
        case UInt8(ascii: "f"): decoded = 0x0C
        case UInt8(ascii: "n"): decoded = 0x0A
        case UInt8(ascii: "r"): decoded = 0x0D
        case UInt8(ascii: "t"): decoded = 0x09
        case UInt8(ascii: "u"):
            let scalar = try scanUnicodeEscape()
            return write &+ UTF8Sequence.write(scalar, to: text + write)
        default:
            throw failure("an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
        }
        text[write] = decoded
        position &+= 2
        return write &+ 1
    }

    /// The scalar of `\uXXXX`, or of the two that make a surrogate pair.
    private mutating func scanUnicodeEscape() throws(JSONError) -> UInt32 {
        let first = try scanHexadecimal()
        guard (0xD800..<0xE000).contains(first) else { return first }
        guard first < 0xDC00, text[position] == UInt8(ascii: "\\"), text[position &+ 1] == UInt8(ascii: "u") else {
            throw failure("a surrogate without its other half")
        }
        let second = try scanHexadecimal()
        guard (0xDC00..<0xE000).contains(second) else { throw failure("a surrogate without its other half") }
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
    }

    private mutating func scanHexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for place in position &+ 2..<position &+ 6 {
            let byte = text[place]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw failure("\\u must be followed by four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        position &+= 6
        return value
    }
}
