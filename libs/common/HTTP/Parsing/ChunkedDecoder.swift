/// Decodes `Transfer-Encoding: chunked`: pure and incremental. Trailers are checked, bounded and dropped.
public struct ChunkedDecoder: Sendable {
    public enum Step: Equatable, Sendable {
        /// These bytes of the input are data.
        case data(Range<Int>)
        case needsMore
        /// The body ended; the next message begins at this offset.
        case end(Int)
    }

    private enum State: Sendable {
        case size(digits: Int, value: Int)
        case extensions(value: Int)
        case sizeLineFeed(value: Int)
        case data(remaining: Int)
        case dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case done
    }

    private static let maximumExtensionBytes = 4096
    private static let maximumTrailerBytes = 8192
    /// 15 digits: more than any body, far from overflow.
    private static let maximumSizeDigits = 15

    private var state = State.size(digits: 0, value: 0)
    private var extensionBytes = 0
    private var trailerBytes = 0

    public init() {}

    /// Looks at `bytes` from `offset` on, and moves `offset` past what it used.
    public mutating func next(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) throws(ParseFailure) -> Step {
        while offset < bytes.count {
            if case .data(let remaining) = state {
                let taken = min(remaining, bytes.count - offset)
                let range = offset..<offset + taken
                offset += taken
                state = taken == remaining ? .dataReturn : .data(remaining: remaining - taken)
                return .data(range)
            }
            let byte = bytes[offset]
            offset += 1
            try take(byte)
            if case .done = state { return .end(offset) }
        }
        return .needsMore
    }

    private mutating func take(_ byte: UInt8) throws(ParseFailure) {
        switch state {
        case .size(let digits, let value):
            if let digit = CharacterClass.hexValue(byte) {
                guard digits < Self.maximumSizeDigits else { throw .malformed("a chunk's size is too large") }
                state = .size(digits: digits + 1, value: value << 4 | Int(digit))
            } else if digits > 0, byte == UInt8(ascii: ";") {
                state = .extensions(value: value)
            } else if digits > 0, byte == 0x0d {
                state = .sizeLineFeed(value: value)
            } else {
                throw .malformed("a chunk's size is not a hexadecimal number")
            }
        case .extensions(let value):
            if byte == 0x0d {
                state = .sizeLineFeed(value: value)
            } else {
                guard CharacterClass.isFieldValue(byte) else { throw .malformed("a control in a chunk's extension") }
                extensionBytes += 1
                guard extensionBytes <= Self.maximumExtensionBytes else {
                    throw .malformed("the extensions of chunks are too long")
                }
            }
        case .sizeLineFeed(let value):
            guard byte == 0x0a else { throw .malformed("a chunk's size must end in CR LF") }
            state = value == 0 ? .trailerStart : .data(remaining: value)
        case .dataReturn:
            guard byte == 0x0d else { throw .malformed("a chunk is longer than its size") }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0a else { throw .malformed("a chunk must end in CR LF") }
            state = .size(digits: 0, value: 0)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            try takeTrailer(byte)
        case .data, .done:
            break
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(ParseFailure) {
        trailerBytes += 1
        guard trailerBytes <= Self.maximumTrailerBytes else {
            throw ParseFailure(.headerFieldsTooLarge, "trailers_too_large", "the trailers are too long")
        }
        switch state {
        case .trailerStart where byte == 0x0d: state = .lastLineFeed
        case .trailerStart, .trailerName:
            if CharacterClass.isToken(byte) {
                state = .trailerName
            } else if byte == UInt8(ascii: ":"), case .trailerName = state {
                state = .trailerValue
            } else {
                throw .malformed("a trailer's name has a character that is not allowed")
            }
        case .trailerValue:
            if byte == 0x0d {
                state = .trailerLineFeed
            } else {
                guard CharacterClass.isFieldValue(byte) else { throw .malformed("a control in a trailer") }
            }
        case .trailerLineFeed:
            guard byte == 0x0a else { throw .malformed("a trailer must end in CR LF") }
            state = .trailerStart
        case .lastLineFeed:
            guard byte == 0x0a else { throw .malformed("the body must end in CR LF") }
            state = .done
        default: break
        }
    }
}
