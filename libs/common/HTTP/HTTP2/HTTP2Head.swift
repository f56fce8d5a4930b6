/// Gathers the fields of one request's head as they are decoded, and makes of them what the parser of HTTP/1.1 makes of
/// its lines; what that refuses is refused here (RFC 9113, 8.2 and 8.3).
///
/// Pure. The first thing that is wrong is remembered; what comes after it is only counted.
struct HTTP2Head {
    struct Line {
        let method: Method
        let target: RequestTarget
    }

    private let limits: HeadLimits
    private(set) var headers = Headers()
    private(set) var framing = MessageFraming()
    private var failure: ParseFailure?
    private var method: Range<Int>?
    private var scheme: Range<Int>?
    private var path: Range<Int>?
    private var authority: Range<Int>?
    /// Browsers send one field a cookie (RFC 9113, 8.2.3).
    private var cookies: [UInt8] = []
    private var fieldCount = 0
    /// What the head has come to, written out as HTTP/1.1 would.
    private(set) var size = 0

    init(limits: HeadLimits) {
        self.limits = limits
        headers.bytes.reserveCapacity(512)
        headers.fields.reserveCapacity(16)
    }

    mutating func refuse(_ failure: ParseFailure) {
        if self.failure == nil { self.failure = failure }
    }

    mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        size += name.count + value.count + 4
        guard failure == nil else { return }
        do throws(ParseFailure) {
            try take(name, value)
        } catch {
            failure = error
        }
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(ParseFailure) {
        guard size <= limits.headBytes else {
            throw ParseFailure(
                .headerFieldsTooLarge, "head_too_large", "the header fields may have \(limits.headBytes) bytes")
        }
        for byte in value where !CharacterClass.isFieldValue(byte) {
            throw .malformed("a control character in a field's value")
        }
        if let first = value.first, let last = value.last, Self.isSpace(first) || Self.isSpace(last) {
            throw .malformed("a field's value may not begin or end with a space")
        }
        if name.first == UInt8(ascii: ":") { return try takePseudo(name, value) }
        guard fieldCount < limits.fieldCount else {
            throw ParseFailure(
                .headerFieldsTooLarge, "too_many_fields", "at most \(limits.fieldCount) header fields are read")
        }
        fieldCount += 1
        guard !name.isEmpty, name.allSatisfy({ CharacterClass.isToken($0) && CharacterClass.lowercased($0) == $0 })
        else {
            throw .malformed("a field's name is made of lower-case letters, digits and marks")
        }
        if name.count == 6, name.equals("cookie") {
            if !cookies.isEmpty { cookies.append(contentsOf: [UInt8(ascii: ";"), 0x20]) }
            cookies.append(contentsOf: value)
            return
        }
        try refuseOfConnection(name, value)
        try append(name, value)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private mutating func takePseudo(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(ParseFailure) {
        guard fieldCount == 0 else { throw .malformed("a pseudo-field stands behind a field") }
        switch name.count {
        case 7 where name.equals(":method"): try Self.set(&method, value, in: &headers.bytes)
        case 7 where name.equals(":scheme"): try Self.set(&scheme, value, in: &headers.bytes)
        case 5 where name.equals(":path"):
            guard value.count <= limits.startLineBytes else {
                throw ParseFailure(.uriTooLong, "path_too_long", "the path may have \(limits.startLineBytes) bytes")
            }
            try Self.set(&path, value, in: &headers.bytes)
        case 10 where name.equals(":authority"): try Self.set(&authority, value, in: &headers.bytes)
        default: throw .malformed("a pseudo-field that a request does not have")
        }
    }

    private static func set(
        _ place: inout Range<Int>?, _ value: UnsafeRawBufferPointer, in bytes: inout [UInt8]
    ) throws(ParseFailure) {
        guard place == nil else { throw .malformed("a pseudo-field may be sent once") }
        let start = bytes.count
        bytes.append(contentsOf: value)
        place = start..<bytes.count
        bytes.append(0x0d)
        bytes.append(0x0a)
    }

    /// What belongs to one connection has no place in HTTP/2 (RFC 9113, 8.2.2).
    private func refuseOfConnection(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(ParseFailure) {
        let isOfConnection =
            switch name.count {
            case 2 where name.equals("te"): !(value.count == 8 && value.equals("trailers"))
            case 7: name.equals("upgrade")
            case 10: name.equals("connection") || name.equals("keep-alive")
            case 16: name.equals("proxy-connection")
            case 17: name.equals("transfer-encoding")
            default: false
            }
        if isOfConnection { throw .malformed("a field that belongs to a connection of HTTP/1.1") }
    }

    private mutating func append(
        _ name: some Collection<UInt8>, _ value: some Collection<UInt8>
    ) throws(ParseFailure) {
        let nameStart = headers.bytes.count
        headers.bytes.append(contentsOf: name)
        headers.bytes.append(UInt8(ascii: ":"))
        headers.bytes.append(0x20)
        let valueStart = headers.bytes.count
        headers.bytes.append(contentsOf: value)
        let field = Headers.Field(
            nameStart: UInt32(nameStart), nameLength: UInt32(valueStart - 2 - nameStart),
            valueStart: UInt32(valueStart), valueLength: UInt32(headers.bytes.count - valueStart))
        headers.bytes.append(0x0d)
        headers.bytes.append(0x0a)
        headers.fields.append(field)
        let taken = headers.bytes.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in try framing.take(field, bytes) }
        }
        try taken.get()
    }

    /// Judges the whole; to be called once, when all fields have come.
    mutating func finish() throws(ParseFailure) -> Line {
        if let failure { throw failure }
        if !cookies.isEmpty { try append("cookie".utf8, cookies) }
        try settleHost()
        guard let method, let scheme else { throw .malformed("a request needs :method, :scheme and :path") }
        let known = headers.bytes.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in try Self.method(bytes, method) }
        }
        let line = try known.get()
        guard let path, !path.isEmpty else { throw .malformed("a request needs :method, :scheme and :path") }
        let target = headers.bytes.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in
                guard bytes.equals(scheme, lowercase: "http") || bytes.equals(scheme, lowercase: "https") else {
                    throw ParseFailure.malformed("the scheme must be http or https")
                }
                guard bytes[path.lowerBound] == UInt8(ascii: "/") || bytes[path.lowerBound] == UInt8(ascii: "*") else {
                    throw ParseFailure.malformed("the path must begin with '/'")
                }
                return try RequestTarget(parsing: bytes, path)
            }
        }
        let parsed = try target.get()
        if parsed.isAsterisk, line != .options { throw .malformed("the target '*' is for OPTIONS") }
        return Line(method: line, target: parsed)
    }

    private static func method(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ParseFailure) -> Method {
        guard !range.isEmpty, range.allSatisfy({ CharacterClass.isToken(bytes[$0]) }) else {
            throw .malformed("the method is not one")
        }
        guard let known = Method(bytes: UnsafeRawBufferPointer(rebasing: bytes[range])) else {
            throw RequestParser.unknownMethod(bytes, range)
        }
        return known
    }

    /// The authority becomes `Host`, which is where everybody looks for it; a `Host` beside it must say the same.
    private mutating func settleHost() throws(ParseFailure) {
        guard let authority else {
            guard framing.hostCount == 1 else { throw .malformed(":authority is missing") }
            return
        }
        let value = Array(headers.bytes[authority])
        guard let host = framing.host else { return try append("host".utf8, value) }
        guard
            headers.bytes[host].elementsEqual(
                value, by: { CharacterClass.lowercased($0) == CharacterClass.lowercased($1) })
        else { throw .malformed(":authority differs from Host") }
    }
}
