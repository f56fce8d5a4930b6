/// Parses request heads: pure, incremental, and the same whether the bytes come at once or one by one.
///
/// Feed it everything received since the head began; it remembers how far it has looked. After `parse` answered a
/// length, the parsed parts index into that many bytes.
public struct RequestParser: Sendable {
    private enum Phase: Sendable { case requestLine, fields }

    private let limits: HeadLimits
    private var phase = Phase.requestLine
    private var lineStart = 0
    private var scanned = 0

    private(set) var method = Method.get
    private(set) var target = RequestTarget.none
    private(set) var isVersion11 = true
    private(set) var fields: [Headers.Field] = []
    private(set) var framing = MessageFraming()

    public init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Makes ready for the next head; keeps its memory.
    public mutating func reset() {
        phase = .requestLine
        lineStart = 0
        scanned = 0
        fields.removeAll(keepingCapacity: true)
        framing = MessageFraming()
    }

    /// Takes the fields out, so that they can be handed on without a copy; `recycled` becomes the next ones' memory.
    mutating func exchangeFields(_ recycled: inout [Headers.Field]) {
        swap(&fields, &recycled)
    }

    /// The length of the head once it is complete, nil while bytes are missing.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(ParseFailure) -> Int? {
        while true {
            // Nothing beyond the limit is looked at, so that the verdict is the same however the bytes are split.
            let limit = lineLimit
            let visible = UnsafeRawBufferPointer(start: bytes.baseAddress, count: min(bytes.count, limit + 1))
            guard let lineFeed = try LineScan.lineFeed(in: visible, lineStart: lineStart, scanned: &scanned) else {
                guard bytes.count <= limit else { throw tooLong }
                return nil
            }
            let line = lineStart..<lineFeed - 1
            if phase == .fields, line.isEmpty {
                try finish(bytes)
                return lineFeed + 1
            }
            do throws(ParseFailure) {
                try take(line, bytes)
            } catch {
                // Where a line came piecemeal, its control was met first.
                throw LineScan.holdsControl(bytes, lineStart..<lineFeed)
                    ? .malformed("a control character in the head") : error
            }
            lineStart = lineFeed + 1
        }
    }

    private mutating func take(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(ParseFailure) {
        switch phase {
        case .requestLine:
            // One empty line before the request line is allowed for (RFC 9112, 2.2).
            if line.isEmpty, lineStart == 0 { return }
            try parseRequestLine(bytes, line)
            phase = .fields
        case .fields:
            guard fields.count < limits.fieldCount else {
                throw ParseFailure(
                    .headerFieldsTooLarge, "too_many_fields", "at most \(limits.fieldCount) header fields are read")
            }
            let field = try Headers.Field(parsing: bytes, from: line.lowerBound, to: line.upperBound)
            try framing.take(field, bytes)
            fields.append(field)
        }
    }

    /// The last offset at which the line feed of the present line may stand.
    private var lineLimit: Int {
        phase == .requestLine ? min(lineStart + limits.startLineBytes, limits.headBytes) : limits.headBytes
    }

    private var tooLong: ParseFailure {
        if phase == .requestLine {
            return ParseFailure(
                .uriTooLong, "request_line_too_long", "the request line may have \(limits.startLineBytes) bytes")
        }
        return ParseFailure(
            .headerFieldsTooLarge, "head_too_large", "the header fields may have \(limits.headBytes) bytes")
    }

    private mutating func parseRequestLine(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
    ) throws(ParseFailure) {
        var position = line.lowerBound
        while position < line.upperBound, CharacterClass.isToken(bytes[position]) { position += 1 }
        let methodRange = line.lowerBound..<position
        guard !methodRange.isEmpty, position < line.upperBound, bytes[position] == 0x20 else {
            throw .malformed("the request line must be 'METHOD target HTTP/1.1'")
        }
        let targetStart = position + 1
        position = targetStart
        while position < line.upperBound, bytes[position] != 0x20 { position += 1 }
        let targetRange = targetStart..<position
        guard position < line.upperBound else {
            throw .malformed("the request line must be 'METHOD target HTTP/1.1'")
        }
        try parseVersion(bytes, position + 1..<line.upperBound)
        guard let known = Method(bytes: UnsafeRawBufferPointer(rebasing: bytes[methodRange])) else {
            throw Self.unknownMethod(bytes, methodRange)
        }
        method = known
        target = try RequestTarget(parsing: bytes, targetRange)
        if target.isAsterisk, method != .options { throw .malformed("the target '*' is for OPTIONS") }
    }

    private mutating func parseVersion(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ParseFailure) {
        guard range.count == 8 else { throw .malformed("the request line must end in HTTP/1.1") }
        let start = range.lowerBound
        let prefix = UnsafeRawBufferPointer(rebasing: bytes[start..<start + 5])
        guard prefix.equals("HTTP/"), bytes[start + 6] == UInt8(ascii: "."),
            bytes[start + 5] &- 0x30 <= 9, bytes[start + 7] &- 0x30 <= 9
        else { throw .malformed("the request line must end in HTTP/1.1") }
        guard bytes[start + 5] == 0x31, bytes[start + 7] <= 0x31 else {
            throw ParseFailure(.versionNotSupported, "http_version", "HTTP/1.1 and HTTP/1.0 are spoken")
        }
        isVersion11 = bytes[start + 7] == 0x31
    }

    static func unknownMethod(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> ParseFailure {
        let name = UnsafeRawBufferPointer(rebasing: bytes[range])
        if name.count == 5 && name.equals("TRACE") || name.count == 7 && name.equals("CONNECT") {
            return ParseFailure(.methodNotAllowed, "method_not_allowed", "TRACE and CONNECT are not offered")
        }
        return ParseFailure(.notImplemented, "unknown_method", "the method is not known; methods are upper case")
    }

    /// What can be judged only with all fields at hand.
    private func finish(_ bytes: UnsafeRawBufferPointer) throws(ParseFailure) {
        if isVersion11, framing.hostCount == 0 { throw .malformed("Host is missing") }
        if framing.isChunked {
            if framing.contentLength != nil {
                throw .malformed("Content-Length and Transfer-Encoding exclude each other")
            }
            if !isVersion11 { throw .malformed("Transfer-Encoding needs HTTP/1.1") }
        }
        if let authority = target.authority {
            guard let host = framing.host, host.count == authority.count,
                zip(host, authority).allSatisfy({
                    CharacterClass.lowercased(bytes[$0]) == CharacterClass.lowercased(bytes[$1])
                })
            else { throw .malformed("the target's authority differs from Host") }
        }
    }
}

extension RequestTarget {
    static let none = RequestTarget(path: 0..<0)

    private init(path: Range<Int>) {
        self.path = path
    }
}
