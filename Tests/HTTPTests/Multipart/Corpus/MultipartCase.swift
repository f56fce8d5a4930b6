import Testing

@testable import HTTP

/// One multipart body on the wire, with the boundary `b` unless it says otherwise, and what must become of it.
struct MultipartCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        case parts([Part])
        case refused(UInt16, String)
    }

    struct Part: Sendable, Equatable {
        var name: String
        var filename: String?
        var contentType: String?
        var data: [UInt8]

        /// Every scalar of `data` below U+0100 stands for the byte of its number.
        init(_ name: String, filename: String? = nil, contentType: String? = nil, _ data: String) {
            self.init(name: name, filename: filename, contentType: contentType, bytes: latin1(data))
        }

        init(name: String, filename: String?, contentType: String?, bytes: [UInt8]) {
            self.name = name
            self.filename = filename
            self.contentType = contentType
            data = bytes
        }
    }

    let name: String
    let boundary: String
    let bytes: [UInt8]
    let outcome: Outcome

    var testDescription: String { name }

    static func parts(_ name: String, _ text: String, boundary: String = "b", _ parts: Part...) -> MultipartCase {
        MultipartCase(name: name, boundary: boundary, bytes: latin1(text), outcome: .parts(parts))
    }

    static func refused(
        as status: UInt16 = 400, code: String = "malformed_multipart", _ name: String, _ text: String
    ) -> MultipartCase {
        MultipartCase(name: name, boundary: "b", bytes: latin1(text), outcome: .refused(status, code))
    }

    /// A body whose only part has these field lines, which must be refused.
    static func refusedFields(
        as status: UInt16 = 400, code: String = "malformed_multipart", _ name: String, _ lines: String
    ) -> MultipartCase {
        refused(as: status, code: code, "fields: \(name)", "--b\r\n\(lines)\r\n\r\nx\r\n--b--\r\n")
    }

    /// A body whose only part has this Content-Disposition and must be read as named.
    static func named(_ disposition: String, _ name: String, filename: String? = nil) -> MultipartCase {
        parts(
            "disposition: \(disposition)", "--b\r\nContent-Disposition: \(disposition)\r\n\r\nx\r\n--b--\r\n",
            Part(name, filename: filename, "x"))
    }
}

/// What a form of these bytes is when it comes in pieces that end where given.
func multipartOutcome(
    of bytes: [UInt8], boundary: String = "b", inPieces ends: [Int], limits: MultipartLimits = MultipartLimits()
) -> MultipartCase.Outcome {
    do throws(ParseFailure) {
        var parser = MultipartParser(boundary: try MultipartBoundary(boundary), limits: limits)
        var reading = FormReading(limits: limits)
        var start = 0
        for end in ends where end <= bytes.count {
            // A copy of exactly these bytes, so that a look beyond them is found by the sanitizer.
            let piece = Array(bytes[start..<end])
            try reading.take(piece, &parser)
            start = end
        }
        try parser.finish()
        return .parts(reading.parts)
    } catch {
        return .refused(error.status.code, error.code)
    }
}

private struct FormReading {
    let limits: MultipartLimits
    var parts: [MultipartCase.Part] = []
    private var decoding: TransferDecoding?

    init(limits: MultipartLimits) {
        self.limits = limits
    }

    mutating func take(_ piece: [UInt8], _ parser: inout MultipartParser) throws(ParseFailure) {
        var offset = 0
        while true {
            let parsed = piece.withUnsafeBytes { piece in
                Result { () throws(ParseFailure) in try parser.next(piece, &offset) }
            }
            switch try parsed.get() {
            case .part(let headers):
                let head = try MultipartPartHead(headers, limits: limits)
                decoding = head.decoding
                parts.append(
                    .init(
                        name: head.name, filename: head.filename, contentType: head.contentType?.description, bytes: [])
                )
            case .data(let range): try append(Array(piece[range]))
            case .heldBack(let held): try append(held)
            case .partEnd:
                try decoding?.finish()
                decoding = nil
            case .needsMore, .end: return
            }
        }
    }

    private mutating func append(_ bytes: [UInt8]) throws(ParseFailure) {
        parts[parts.count - 1].data += try decoding?.decode(bytes) ?? []
    }
}
