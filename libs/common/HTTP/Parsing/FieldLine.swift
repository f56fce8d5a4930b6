import Glibc

/// One line of a head, without its CRLF.
enum LineScan {
    /// The offset of the line feed that ends the line which begins at `start`, or nil when it has not come yet.
    ///
    /// `scanned` is where the last look ended, so that a head that trickles in is scanned once.
    static func lineFeed(
        in bytes: UnsafeRawBufferPointer, lineStart start: Int, scanned: inout Int
    ) throws(ParseFailure) -> Int? {
        guard let base = bytes.baseAddress, scanned < bytes.count else { return nil }
        guard let found = memchr(base + scanned, 0x0a, bytes.count - scanned) else {
            // Refused before the line ends, so that such a client does not hold the connection until the timeout.
            guard !holdsControl(bytes, scanned..<bytes.count) else {
                throw .malformed("a control character in the head")
            }
            // A CR at the end may be the first half of the line's end; it is looked at again with what follows.
            scanned = bytes[bytes.count - 1] == 0x0d ? bytes.count - 1 : bytes.count
            return nil
        }
        let index = UnsafeRawPointer(found) - base
        guard index > start, bytes[index - 1] == 0x0d else {
            // Where the line came piecemeal, its control was met first.
            throw holdsControl(bytes, start..<index)
                ? .malformed("a control character in the head") : .malformed("a line must end in CR LF")
        }
        scanned = index + 1
        return index
    }

    /// Whether a line, or the beginning of one, holds a control character that none may hold.
    static func holdsControl(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        for index in range where bytes[index] < 0x20 && bytes[index] != 0x09 {
            if bytes[index] == 0x0d, index == range.upperBound - 1 { continue }
            return true
        }
        return false
    }
}

extension Headers.Field {
    /// Parses `name: value` between two offsets. Folded lines, spaces before the colon and controls are refused.
    init(parsing bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) throws(ParseFailure) {
        var position = start
        while position < end, CharacterClass.isToken(bytes[position]) { position &+= 1 }
        guard position > start, position < end, bytes[position] == UInt8(ascii: ":") else {
            throw Headers.Field.nameFailure(bytes, start: start, position: position, end: end)
        }
        let nameLength = position - start
        position &+= 1
        while position < end, bytes[position] == 0x20 || bytes[position] == 0x09 { position &+= 1 }
        var last = end
        while last > position, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last &-= 1 }
        guard Self.isValue(bytes, position..<last) else { throw .malformed("a control character in a field's value") }
        self.init(
            nameStart: UInt32(truncatingIfNeeded: start), nameLength: UInt32(truncatingIfNeeded: nameLength),
            valueStart: UInt32(truncatingIfNeeded: position), valueLength: UInt32(truncatingIfNeeded: last - position))
    }

    /// Eight bytes at a time: values are the longest part of a head.
    @inline(__always)
    private static func isValue(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index &+ 8 <= range.upperBound {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A tab is looked at below, as what it is not allowed to be.
            guard !mayHoldControl(word) || isShortValue(bytes, index..<index &+ 8) else { return false }
            index &+= 8
        }
        return isShortValue(bytes, index..<range.upperBound)
    }

    @inline(__always)
    private static func isShortValue(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        for index in range where !CharacterClass.isFieldValue(bytes[index]) { return false }
        return true
    }

    /// Whether any byte of a word is under 0x20, or is 0x7f: the highest bit of what remains of such a byte says so.
    @inline(__always)
    private static func mayHoldControl(_ word: UInt64) -> Bool {
        let (ones, highest): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let under = (word &- ones &* 0x20) & ~word
        let delete = word ^ ones &* 0x7f
        return (under | (delete &- ones) & ~delete) & highest != 0
    }

    private static func nameFailure(
        _ bytes: UnsafeRawBufferPointer, start: Int, position: Int, end: Int
    ) -> ParseFailure {
        if position == start, start < end, bytes[start] == 0x20 || bytes[start] == 0x09 {
            return .malformed("a field must not be folded over several lines")
        }
        if position < end, position > start, bytes[position] == 0x20 || bytes[position] == 0x09 {
            return .malformed("no space may stand before the colon of a field")
        }
        return .malformed("a field's name has a character that is not allowed, or its colon is missing")
    }
}

extension UnsafeRawBufferPointer {
    /// Compares a range with lower-case ASCII, without regard to the case of the range.
    @inline(__always)
    func equals(_ range: Range<Int>, lowercase text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let expected = text.utf8Start
        for index in 0..<range.count where CharacterClass.lowercased(self[range.lowerBound + index]) != expected[index]
        {
            return false
        }
        return true
    }
}
