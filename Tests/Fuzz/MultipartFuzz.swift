@testable import HTTP

/// Any bytes as a multipart body with the boundary `b`: the parts are the same however they are cut, limits hold, and
/// what was accepted is accepted alike when it is written again.
func fuzzMultipart(_ bytes: UnsafeRawBufferPointer) {
    let whole = readParts(bytes, firstCut: bytes.count, step: max(bytes.count, 1))
    precondition(readParts(bytes, firstCut: 1, step: 1) == whole)
    precondition(readParts(bytes, firstCut: cut(of: bytes), step: max(bytes.count, 1)) == whole)
    guard case .parts(let parts) = whole else { return }
    precondition(parts.count <= limits.parts)
    var written: [UInt8] = []
    for part in parts {
        precondition(part.data.count <= limits.partBytes)
        precondition(part.fields.joined().count <= limits.headerBytes)
        written += Array("--b\r\n".utf8) + part.fields.flatMap { $0 + [0x0d, 0x0a] } + [0x0d, 0x0a]
        written += part.data + [0x0d, 0x0a]
        checkHead(part)
    }
    written += Array("--b--\r\n".utf8)
    written.withUnsafeBytes { written in
        let again = readParts(written, firstCut: written.count, step: 1)
        precondition(again == whole, "accepted parts are read differently")
    }
}

private let limits: MultipartLimits = {
    var limits = MultipartLimits()
    limits.parts = 4
    limits.headerBytes = 256
    limits.partBytes = 128
    limits.nameBytes = 16
    limits.filenameBytes = 16
    return limits
}()

private enum ReadParts: Equatable {
    case parts([ReadPart])
    case refused(ParseFailure)
}

private struct ReadPart: Equatable {
    var fields: [[UInt8]]
    var head: ParseFailure?
    var name: String?
    var data: [UInt8] = []
    /// The data without its transfer coding; nil where it has another than it says.
    var decoded: [UInt8]?
}

private func checkHead(_ part: ReadPart) {
    precondition((part.name == nil) == (part.head != nil))
    precondition(part.name?.utf8.count ?? 0 <= limits.nameBytes)
}

private func readParts(_ bytes: UnsafeRawBufferPointer, firstCut: Int, step: Int) -> ReadParts {
    do throws(ParseFailure) {
        var parser = MultipartParser(boundary: try MultipartBoundary("b"), limits: limits)
        var reading = PartReading(step: step)
        var start = 0
        var end = min(firstCut, bytes.count)
        while true {
            try reading.take(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), &parser)
            guard end < bytes.count else { break }
            (start, end) = (end, min(end + step, bytes.count))
        }
        try parser.finish()
        precondition(!reading.isOpen, "a part without an end")
        return .parts(reading.parts)
    } catch {
        return .refused(error)
    }
}

private struct PartReading {
    let step: Int
    var parts: [ReadPart] = []
    var isOpen = false

    mutating func take(_ piece: UnsafeRawBufferPointer, _ parser: inout MultipartParser) throws(ParseFailure) {
        var offset = 0
        while true {
            switch try parser.next(piece, &offset) {
            case .part(let headers):
                precondition(!isOpen, "a part within a part")
                isOpen = true
                parts.append(readHead(headers))
            case .data(let range): append(piece[range])
            case .heldBack(let held): append(held)
            case .partEnd:
                precondition(isOpen, "an end without a part")
                isOpen = false
                parts[parts.count - 1].decoded = decode(parts[parts.count - 1])
            case .needsMore, .end:
                precondition(offset == piece.count)
                return
            }
        }
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        precondition(isOpen && !bytes.isEmpty)
        parts[parts.count - 1].data += bytes
    }

    private func readHead(_ headers: Headers) -> ReadPart {
        var part = ReadPart(
            fields: headers.fields.map { headers.bytes[$0.name] + [UInt8(ascii: ":")] + headers.bytes[$0.value] })
        do throws(ParseFailure) {
            part.name = try MultipartPartHead(headers, limits: limits).name
        } catch {
            part.head = error
        }
        return part
    }

    /// In pieces of the same size as the body's.
    private func decode(_ part: ReadPart) -> [UInt8]? {
        var whole: [UInt8] = []
        let coding = part.fields.map { String(decoding: $0, as: UTF8.self) }
            .first { $0.lowercased().hasPrefix("content-transfer-encoding:") }
        guard var decoding = TransferDecoding(coding.map { String($0.dropFirst(26)) }) else { return nil }
        if decoding.isNone { return part.data }
        var rest = part.data[...]
        do throws(ParseFailure) {
            while !rest.isEmpty {
                whole += try decoding.decode(Array(rest.prefix(step)))
                rest = rest.dropFirst(step)
            }
            try decoding.finish()
            return whole
        } catch {
            return nil
        }
    }
}
