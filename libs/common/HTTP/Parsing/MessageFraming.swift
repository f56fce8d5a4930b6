/// What the fields of a head say about the message's body and the connection's fate.
///
/// Every way in which two readers of the same bytes could disagree on where a body ends is refused (RFC 9112, 6).
struct MessageFraming: Sendable {
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    private(set) var expectsContinue = false
    private(set) var hostCount = 0
    private(set) var host: Range<Int>?
    private var seen: UInt8 = 0

    private static let authorization: UInt8 = 1
    private static let contentType: UInt8 = 2
    private static let upgradesToHTTP2: UInt8 = 4

    mutating func take(_ field: Headers.Field, _ bytes: UnsafeRawBufferPointer) throws(ParseFailure) {
        let name = field.name
        switch name.count {
        case 4 where bytes.equals(name, lowercase: "host"): try takeHost(field.value, bytes)
        case 6 where bytes.equals(name, lowercase: "expect"):
            guard bytes.equals(field.value, lowercase: "100-continue") else {
                throw ParseFailure(
                    .expectationFailed, "expectation_failed", "only 'Expect: 100-continue' is understood")
            }
            expectsContinue = true
        case 7 where bytes.equals(name, lowercase: "upgrade"):
            if contains(bytes, field.value, "h2c") { throw .malformed("an upgrade to h2c is not offered") }
        case 10 where bytes.equals(name, lowercase: "connection"): takeConnection(field.value, bytes)
        case 12 where bytes.equals(name, lowercase: "content-type"): try once(Self.contentType, "Content-Type")
        case 13 where bytes.equals(name, lowercase: "authorization"): try once(Self.authorization, "Authorization")
        case 14 where bytes.equals(name, lowercase: "content-length"): try takeContentLength(field.value, bytes)
        case 14 where bytes.equals(name, lowercase: "content_length"),
            17 where bytes.equals(name, lowercase: "transfer_encoding"):
            // Readers that take an underscore for a hyphen would see another length.
            throw .malformed("Content-Length and Transfer-Encoding are written with a hyphen")
        case 14 where bytes.equals(name, lowercase: "http2-settings"):
            throw .malformed("an upgrade to h2c is not offered")
        case 17 where bytes.equals(name, lowercase: "transfer-encoding"):
            try takeTransferEncoding(field.value, bytes)
        default: break
        }
    }

    /// As `take`, for a response: the rest of its fields is the business of whoever asked.
    mutating func takeFromResponse(_ field: Headers.Field, _ bytes: UnsafeRawBufferPointer) throws(ParseFailure) {
        let name = field.name
        switch name.count {
        case 10 where bytes.equals(name, lowercase: "connection"): takeConnection(field.value, bytes)
        case 14 where bytes.equals(name, lowercase: "content-length"): try takeContentLength(field.value, bytes)
        case 17 where bytes.equals(name, lowercase: "transfer-encoding"):
            try takeTransferEncoding(field.value, bytes)
        default: break
        }
    }

    private mutating func once(_ bit: UInt8, _ name: String) throws(ParseFailure) {
        guard seen & bit == 0 else { throw .malformed("\(name) may be sent once") }
        seen |= bit
    }

    private mutating func takeHost(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(ParseFailure) {
        hostCount += 1
        guard hostCount == 1 else { throw .malformed("Host may be sent once") }
        guard Authority.isValid(bytes, value) else { throw .malformed("Host must be a name or an address, and a port") }
        host = value
    }

    private mutating func takeContentLength(
        _ value: Range<Int>, _ bytes: UnsafeRawBufferPointer
    ) throws(ParseFailure) {
        guard contentLength == nil else { throw .malformed("Content-Length may be sent once") }
        guard !value.isEmpty, value.count <= 18 else { throw .malformed("Content-Length is not a length") }
        var length = 0
        for index in value {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { throw .malformed("Content-Length is not a length") }
            length = length * 10 + Int(digit)
        }
        contentLength = length
    }

    private mutating func takeTransferEncoding(
        _ value: Range<Int>, _ bytes: UnsafeRawBufferPointer
    ) throws(ParseFailure) {
        guard !isChunked else { throw .malformed("Transfer-Encoding may be sent once") }
        guard bytes.equals(value, lowercase: "chunked") else {
            let isKnown = ["gzip", "deflate", "compress", "x-gzip", "x-compress"].contains {
                contains(bytes, value, $0)
            }
            if isKnown, !contains(bytes, value, "identity") {
                throw ParseFailure(.notImplemented, "transfer_coding", "the only transfer coding is 'chunked'")
            }
            throw .malformed("Transfer-Encoding must be exactly 'chunked'")
        }
        isChunked = true
    }

    private mutating func takeConnection(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            let token = trimmed(bytes, start..<end)
            if bytes.equals(token, lowercase: "close") { saysClose = true }
            if bytes.equals(token, lowercase: "keep-alive") { saysKeepAlive = true }
            start = end + 1
        }
    }

    private func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
        while high > low, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
        return low..<high
    }

    private func contains(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard range.count >= wanted.count else { return false }
        return (range.lowerBound...range.upperBound - wanted.count).contains { start in
            wanted.indices.allSatisfy { CharacterClass.lowercased(bytes[start + $0]) == wanted[$0] }
        }
    }
}
