/// The parts of a request target, checked: one spelling a resource, so that no two readers see different paths.
struct RequestTarget: Sendable, Equatable {
    var path: Range<Int>
    /// Without the question mark; nil when there is none.
    var query: Range<Int>?
    var pathHasEscapes = false
    /// The authority of an absolute-form target, which must equal Host.
    var authority: Range<Int>?
    /// `*`, for OPTIONS.
    var isAsterisk = false

    init(parsing bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ParseFailure) {
        guard let first = range.first else { throw .malformed("the request target is missing") }
        if bytes[first] == UInt8(ascii: "/") {
            path = range
        } else if bytes[first] == UInt8(ascii: "*"), range.count == 1 {
            path = range
            isAsterisk = true
            return
        } else {
            let (authority, rest) = try Self.absoluteForm(bytes, range)
            self.authority = authority
            path = rest
        }
        try splitAndCheck(bytes, path)
    }

    private static func absoluteForm(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(ParseFailure) -> (authority: Range<Int>, rest: Range<Int>) {
        var start = range.lowerBound
        if range.count > 7, bytes.equals(start..<start + 7, lowercase: "http://") {
            start += 7
        } else if range.count > 8, bytes.equals(start..<start + 8, lowercase: "https://") {
            start += 8
        } else {
            throw .malformed("the request target must begin with '/'")
        }
        var end = start
        while end < range.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
        guard end < range.upperBound, bytes[end] == UInt8(ascii: "/"), Authority.isValid(bytes, start..<end) else {
            throw .malformed("the request target needs an authority and a path")
        }
        return (start..<end, end..<range.upperBound)
    }

    private mutating func splitAndCheck(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ParseFailure) {
        var index = range.lowerBound
        var segmentStart = index + 1
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "?") { break }
            guard CharacterClass.isPath(byte) else {
                throw .malformed("the path has a character that must be percent-encoded, or a fragment")
            }
            if byte == UInt8(ascii: "/"), index > range.lowerBound {
                try checkSegment(bytes, segmentStart..<index, isLast: false)
                segmentStart = index + 1
            } else if byte == UInt8(ascii: "%") {
                pathHasEscapes = true
                try checkEscape(bytes, index, end: range.upperBound, inPath: true)
            }
            index += 1
        }
        try checkSegment(bytes, segmentStart..<index, isLast: true)
        path = range.lowerBound..<index
        if pathHasEscapes { try checkEncoding(bytes) }
        guard index < range.upperBound else { return }
        let queryStart = index + 1
        for position in queryStart..<range.upperBound {
            guard CharacterClass.isQuery(bytes[position]) else {
                throw .malformed("the query has a character that must be percent-encoded, or a fragment")
            }
            if bytes[position] == UInt8(ascii: "%") {
                try checkEscape(bytes, position, end: range.upperBound, inPath: false)
            }
        }
        query = queryStart..<range.upperBound
    }

    /// Bytes that are not UTF-8 would reach handlers as other ones, and overlong spellings of dots and slashes are dots
    /// and slashes to a lenient reader.
    private func checkEncoding(_ bytes: UnsafeRawBufferPointer) throws(ParseFailure) {
        let decoded = PercentCoding.decodedBytes(UnsafeRawBufferPointer(rebasing: bytes[path]), plusIsSpace: false)
        guard String(validating: decoded, as: UTF8.self) != nil else {
            throw .malformed("the path's escapes must be UTF-8")
        }
    }

    private func checkEscape(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, end: Int, inPath: Bool
    ) throws(ParseFailure) {
        guard index + 2 < end, let high = CharacterClass.hexValue(bytes[index + 1]),
            let low = CharacterClass.hexValue(bytes[index + 2])
        else { throw .malformed("'%' must be followed by two hexadecimal digits") }
        let decoded = high << 4 | low
        if decoded == 0 { throw .malformed("the request target has an encoded NUL") }
        guard inPath else { return }
        if decoded == UInt8(ascii: "/") || decoded == UInt8(ascii: "\\") {
            throw .malformed("the path has an encoded slash")
        }
        if decoded < 0x20 || decoded == 0x7f { throw .malformed("the path has an encoded control character") }
        // No client writes them so, but whoever wants `/%61dmin` to pass for another path than `/admin`.
        if CharacterClass.isLetterOrDigit(decoded) { throw .malformed("the path has an encoded letter or digit") }
    }

    /// Refuses `.`, `..` in any spelling and empty segments, but for the one after a trailing slash. What stands behind
    /// a `;` does not count: some servers cut it off before they look at the dots.
    private func checkSegment(
        _ bytes: UnsafeRawBufferPointer, _ segment: Range<Int>, isLast: Bool
    ) throws(ParseFailure) {
        guard !segment.isEmpty else {
            if isLast { return }
            throw .malformed("the path has an empty segment")
        }
        var dots = 0
        var index = segment.lowerBound
        while index < segment.upperBound, bytes[index] != UInt8(ascii: ";") {
            if bytes[index] == UInt8(ascii: ".") {
                index += 1
            } else if index + 2 < segment.upperBound,
                bytes.equals(index..<index + 3, lowercase: "%2e")
            {
                index += 3
            } else if dots > 0, index + 2 < segment.upperBound, bytes.equals(index..<index + 3, lowercase: "%3b") {
                break
            } else {
                return
            }
            dots += 1
        }
        if dots <= 2 { throw .malformed("the path has a dot segment") }
    }
}
