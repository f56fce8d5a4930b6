import Glibc

/// The header fields of one part, gathered line by line.
struct MultipartHead: Sendable {
    private var bytes: [UInt8] = []
    private var fields: [Headers.Field] = []
    private var lineStart = 0

    /// Takes what belongs to the head; answers its fields once the empty line has come.
    mutating func take(
        _ input: UnsafeRawBufferPointer, _ offset: inout Int, upTo maximumBytes: Int
    ) throws(ParseFailure) -> Headers? {
        while offset < input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            let lineFeed = memchr(rest.baseAddress!, 0x0a, rest.count).map { UnsafeRawPointer($0) - rest.baseAddress! }
            let taken = lineFeed.map { $0 + 1 } ?? rest.count
            guard bytes.count + taken <= maximumBytes else {
                throw .multipartTooLarge(
                    "part_header_too_large", "the header fields of a part may have \(maximumBytes) bytes")
            }
            bytes.append(contentsOf: rest[..<taken])
            offset += taken
            guard lineFeed != nil else { return nil }
            if try endLine() { return takeHeaders() }
        }
        return nil
    }

    /// Whether the line that has just ended was the empty one.
    private mutating func endLine() throws(ParseFailure) -> Bool {
        let end = bytes.count - 2
        guard end >= lineStart, bytes[end] == 0x0d else { throw .multipart("a line must end in CR LF") }
        if end == lineStart { return true }
        let start = lineStart
        let parsed = bytes.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in try Headers.Field(parsing: bytes, from: start, to: end) }
        }
        switch parsed {
        case .success(let field): fields.append(field)
        case .failure(let failure): throw .multipart("in a part, \(failure.message)")
        }
        lineStart = bytes.count
        return false
    }

    private mutating func takeHeaders() -> Headers {
        var headers = Headers()
        swap(&headers.bytes, &bytes)
        swap(&headers.fields, &fields)
        lineStart = 0
        return headers
    }
}
