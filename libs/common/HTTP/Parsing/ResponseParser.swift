/// Parses response heads: pure, incremental, and the same whether the bytes come at once or one by one.
///
/// Feed it everything received since the head began; it remembers how far it has looked. After `parse` answered a
/// length, the fields index into that many bytes. Interim (1xx) heads are answered like any other; call `reset` and
/// go on.
public struct ResponseParser: Sendable {
    private enum Phase: Sendable { case statusLine, fields }

    private let limits: HeadLimits
    private var phase = Phase.statusLine
    private var lineStart = 0
    private var scanned = 0

    public private(set) var status = Status(0)
    private(set) var isVersion11 = true
    private(set) var fields: [Headers.Field] = []
    private(set) var framing = MessageFraming()

    public init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Makes ready for the next head; keeps its memory.
    public mutating func reset() {
        phase = .statusLine
        lineStart = 0
        scanned = 0
        fields.removeAll(keepingCapacity: true)
        framing = MessageFraming()
    }

    /// The head announces another one: the answer itself is still to come.
    public var isInterim: Bool { status.code < 200 }

    /// Moves the fields out together with the bytes they index into, so that they are copied once.
    mutating func takeHeaders(_ head: UnsafeRawBufferPointer) -> Headers {
        var headers = Headers()
        headers.bytes = [UInt8](copying: head[...])
        swap(&headers.fields, &fields)
        fields.reserveCapacity(headers.fields.count)
        return headers
    }

    /// The length of the head once it is complete, nil while bytes are missing.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(ParseFailure) -> Int? {
        while true {
            let lineFeed = try LineScan.lineFeed(in: bytes, lineStart: lineStart, scanned: &scanned)
            try checkLimits(end: lineFeed ?? bytes.count)
            guard let lineFeed else { return nil }
            let end = lineFeed - 1
            switch phase {
            case .statusLine:
                try parseStatusLine(bytes, lineStart..<end)
                phase = .fields
            case .fields:
                if end == lineStart {
                    try finish()
                    return lineFeed + 1
                }
                guard fields.count < limits.fieldCount else {
                    throw .malformed("the response has more than \(limits.fieldCount) fields")
                }
                let field = try Headers.Field(parsing: bytes, from: lineStart, to: end)
                try framing.takeFromResponse(field, bytes)
                fields.append(field)
            }
            lineStart = lineFeed + 1
        }
    }

    private func checkLimits(end: Int) throws(ParseFailure) {
        if phase == .statusLine, end - lineStart > limits.startLineBytes {
            throw .malformed("the status line is longer than \(limits.startLineBytes) bytes")
        }
        if end > limits.headBytes { throw .malformed("the response's head is longer than \(limits.headBytes) bytes") }
    }

    /// `HTTP/1.1 200 OK`; the phrase may be missing, and with it the space before it.
    private mutating func parseStatusLine(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
    ) throws(ParseFailure) {
        let start = line.lowerBound
        guard line.count >= 12, UnsafeRawBufferPointer(rebasing: bytes[start..<start + 7]).equals("HTTP/1."),
            bytes[start + 7] == 0x30 || bytes[start + 7] == 0x31, bytes[start + 8] == 0x20
        else { throw .malformed("the status line must begin with 'HTTP/1.1 ' and three digits") }
        isVersion11 = bytes[start + 7] == 0x31
        var code: UInt16 = 0
        for index in start + 9..<start + 12 {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { throw .malformed("the status is not a number of three digits") }
            code = code * 10 + UInt16(digit)
        }
        guard code >= 100, code <= 599 else { throw .malformed("the status is not within 100 and 599") }
        if line.count > 12 {
            guard bytes[start + 12] == 0x20 else { throw .malformed("the status is not a number of three digits") }
            for index in start + 13..<line.upperBound where !CharacterClass.isFieldValue(bytes[index]) {
                throw .malformed("a control character in the status line")
            }
        }
        // Nothing here asks for an upgrade, so a switch of protocols can only be a mistake or an attack.
        guard code != 101 else { throw .malformed("the protocol was switched without being asked to") }
        status = Status(code)
    }

    /// What can be judged only with all fields at hand.
    private func finish() throws(ParseFailure) {
        guard framing.isChunked else { return }
        if framing.contentLength != nil {
            throw .malformed("Content-Length and Transfer-Encoding exclude each other")
        }
        if !isVersion11 { throw .malformed("Transfer-Encoding needs HTTP/1.1") }
    }
}

extension ResponseParser {
    /// How the body that follows this head ends, which depends on the question, too (RFC 9112, 6.3).
    func bodyFraming(method: Method) -> ResponseFraming {
        if method == .head || !status.allowsBody { return .none }
        if framing.isChunked { return .chunked }
        return framing.contentLength.map { .length($0) } ?? .untilClose
    }

    /// Whether the connection may serve another request once the body has been read.
    func keepsConnection(method: Method) -> Bool {
        if framing.saysClose { return false }
        if !isVersion11, !framing.saysKeepAlive { return false }
        // A body on a status that has none, or none where the head announces one: a peer to be careful with.
        if method != .head, status.code == 204, framing.isChunked || (framing.contentLength ?? 0) > 0 { return false }
        return bodyFraming(method: method) != .untilClose
    }
}

/// How a response's body is delimited.
enum ResponseFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    /// The end of the connection ends the body.
    case untilClose
}
