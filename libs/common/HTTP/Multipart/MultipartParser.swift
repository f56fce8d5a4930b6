/// Splits a multipart body (RFC 2046, 5.1) into its parts: pure, incremental, and the same whether the bytes come at
/// once or one by one. Data is pointed at in the input, never copied, but for what a piece's end left undecided.
struct MultipartParser: Sendable {
    enum Event: Sendable {
        /// A part begins with these fields.
        case part(Headers)
        /// These bytes of the input belong to the part.
        case data(Range<Int>)
        /// So do these, which came earlier and looked like the beginning of a delimiter.
        case heldBack([UInt8])
        case partEnd
        case needsMore
        /// The last delimiter has come; what follows is ignored.
        case end
    }

    private enum State: Sendable {
        case data
        /// So many bytes of the delimiter have come, the first `assumed` of which stood before the body or part.
        case delimiter(matched: Int, assumed: Int)
        case behindDelimiter(assumed: Int)
        case lineFeed(assumed: Int)
        case secondDash(assumed: Int)
        case padding, paddedLineFeed
        case head
        case lastDelimiter, epilogue
    }

    private static let maximumPadding = 64
    /// Some clients send empty lines before the first boundary; nobody sends a text there.
    private static let maximumEmptyLines = 16
    private static let maximumEpilogue = 4096

    private let boundary: MultipartBoundary
    private let limits: MultipartLimits
    private var state = State.delimiter(matched: 2, assumed: 2)
    private var isInPart = false
    private var partCount = 0
    private var partBytes = 0
    private var paddingBytes = 0
    private var emptyLines = 0
    private var epilogueBytes = 0
    private var head = MultipartHead()

    init(boundary: MultipartBoundary, limits: MultipartLimits = MultipartLimits()) {
        self.boundary = boundary
        self.limits = limits
    }

    /// Looks at `bytes` from `offset` on, and moves `offset` past what it used.
    mutating func next(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) throws(ParseFailure) -> Event {
        while offset < bytes.count {
            switch state {
            case .data:
                let start = offset
                offset = boundary.find(in: bytes, from: start)
                if offset < bytes.count { state = .delimiter(matched: 0, assumed: 0) }
                if offset > start {
                    try count(offset - start)
                    return .data(start..<offset)
                }
            case .head:
                if let headers = try head.take(bytes, &offset, upTo: limits.headerBytes) {
                    state = .delimiter(matched: 2, assumed: 2)
                    isInPart = true
                    return .part(headers)
                }
            case .epilogue:
                epilogueBytes += bytes.count - offset
                guard epilogueBytes <= Self.maximumEpilogue else {
                    throw .multipart("too much follows the last boundary")
                }
                offset = bytes.count
                return .end
            default:
                if let event = try take(bytes[offset], &offset) { return event }
            }
        }
        if case .epilogue = state { return .end }
        return .needsMore
    }

    /// The body has ended.
    func finish() throws(ParseFailure) {
        switch state {
        case .epilogue, .lastDelimiter: return
        default: throw .multipart("the body must end with its boundary and two dashes")
        }
    }

    /// One byte of or behind a delimiter. A byte that does not belong there is left for the data.
    private mutating func take(_ byte: UInt8, _ offset: inout Int) throws(ParseFailure) -> Event? {
        switch state {
        case .delimiter(let matched, let assumed):
            guard byte == boundary.delimiter[matched] else {
                // Before the first boundary, an empty line.
                if !isInPart, matched == 2, byte == 0x0d, emptyLines < Self.maximumEmptyLines {
                    emptyLines += 1
                    state = .delimiter(matched: 1, assumed: 0)
                    offset += 1
                    return nil
                }
                return try giveBack(boundary.delimiter[assumed..<matched])
            }
            state =
                matched + 1 == boundary.delimiter.count
                ? .behindDelimiter(assumed: assumed) : .delimiter(matched: matched + 1, assumed: assumed)
        case .behindDelimiter(let assumed):
            switch byte {
            case 0x0d: state = .lineFeed(assumed: assumed)
            case UInt8(ascii: "-"): state = .secondDash(assumed: assumed)
            case 0x20, 0x09:
                state = .padding
                paddingBytes = 1
            default: return try giveBack(boundary.delimiter[assumed...])
            }
        case .lineFeed(let assumed):
            guard byte == 0x0a else { return try giveBack(boundary.delimiter[assumed...] + [0x0d]) }
            offset += 1
            return try beginPart()
        case .secondDash(let assumed):
            guard byte == UInt8(ascii: "-") else {
                return try giveBack(boundary.delimiter[assumed...] + [UInt8(ascii: "-")])
            }
            state = .lastDelimiter
            if isInPart {
                isInPart = false
                offset += 1
                return .partEnd
            }
        case .padding: try takePadding(byte)
        case .paddedLineFeed:
            guard byte == 0x0a else { throw .multipart("a boundary's line must end in CR LF") }
            offset += 1
            return try beginPart()
        case .lastDelimiter:
            guard byte == 0x0d || byte == 0x20 || byte == 0x09 else {
                throw .multipart("nothing may follow the last boundary on its line")
            }
            state = .epilogue
        case .data, .head, .epilogue: break
        }
        offset += 1
        return nil
    }

    /// Spaces that a transport may have put behind a boundary.
    private mutating func takePadding(_ byte: UInt8) throws(ParseFailure) {
        paddingBytes += 1
        if byte == 0x0d {
            state = .paddedLineFeed
        } else {
            guard byte == 0x20 || byte == 0x09, paddingBytes <= Self.maximumPadding else {
                throw .multipart("a boundary's line must end in CR LF")
            }
        }
    }

    private mutating func giveBack(_ bytes: ArraySlice<UInt8>) throws(ParseFailure) -> Event? {
        guard isInPart else { throw .multipart("the body must begin with its boundary") }
        state = .data
        guard !bytes.isEmpty else { return nil }
        try count(bytes.count)
        return .heldBack(Array(bytes))
    }

    private mutating func beginPart() throws(ParseFailure) -> Event? {
        guard partCount < limits.parts else {
            throw .multipartTooLarge("too_many_parts", "the body may have \(limits.parts) parts")
        }
        partCount += 1
        partBytes = 0
        paddingBytes = 0
        state = .head
        defer { isInPart = false }
        return isInPart ? .partEnd : nil
    }

    private mutating func count(_ bytes: Int) throws(ParseFailure) {
        partBytes += bytes
        guard partBytes <= limits.partBytes else {
            throw .multipartTooLarge("part_too_large", "a part may have \(limits.partBytes) bytes")
        }
    }
}
