@testable import HTTP

/// Any bytes as a request's head: the verdict is the same however they are cut, and what was accepted is accepted alike
/// when it is written again.
func fuzzRequest(_ bytes: UnsafeRawBufferPointer) {
    let whole = readRequest(bytes, firstCut: bytes.count, step: max(bytes.count, 1))
    precondition(readRequest(bytes, firstCut: 1, step: 1) == whole)
    precondition(readRequest(bytes, firstCut: cut(of: bytes), step: max(bytes.count, 1)) == whole)
    guard case .head(let head) = whole else { return }
    precondition(head.length <= bytes.count && head.fields.count <= 100)
    var lines = head.lines
    lines.withUTF8 { lines in
        let again = readRequest(UnsafeRawBufferPointer(lines), firstCut: lines.count, step: lines.count)
        guard case .head(let again) = again else { preconditionFailure("an accepted head is refused: \(again)") }
        precondition(again.lines == head.lines && again.framing == head.framing)
    }
}

/// A place in the input that depends on the input alone.
func cut(of bytes: UnsafeRawBufferPointer) -> Int {
    bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff } % max(bytes.count, 1)
}

private enum ReadRequest: Equatable {
    case head(ReadHead)
    case refused(ParseFailure)
    case incomplete
}

private struct ReadHead: Equatable {
    var method: HTTP.Method
    var target: String
    var fields: [String]
    var framing: String
    var isVersion11: Bool
    var length: Int

    var lines: String {
        "\(method.rawValue) \(target) HTTP/1.\(isVersion11 ? 1 : 0)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }
}

private func readRequest(_ bytes: UnsafeRawBufferPointer, firstCut: Int, step: Int) -> ReadRequest {
    var parser = RequestParser()
    var end = min(firstCut, bytes.count)
    do throws(ParseFailure) {
        while true {
            let seen = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            if let length = try parser.parse(seen) { return .head(readHead(parser, bytes, length)) }
            guard end < bytes.count else { return .incomplete }
            end = min(end + step, bytes.count)
        }
    } catch {
        return .refused(error)
    }
}

private func readHead(_ parser: RequestParser, _ bytes: UnsafeRawBufferPointer, _ length: Int) -> ReadHead {
    func text(_ range: Range<Int>) -> String {
        precondition(range.lowerBound >= 0 && range.upperBound <= length)
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
    let target = parser.target
    let start = target.authority.map { text($0) }.map { "http://\($0)" } ?? ""
    let framing = parser.framing
    for field in parser.fields {
        precondition(bytes[field.name].allSatisfy(CharacterClass.isToken))
        precondition(bytes[field.value].allSatisfy(CharacterClass.isFieldValue))
    }
    precondition(!framing.isChunked || framing.contentLength == nil && parser.isVersion11)
    return ReadHead(
        method: parser.method, target: start + text(target.path) + (target.query.map { "?" + text($0) } ?? ""),
        fields: parser.fields.map { "\(text($0.name)):\(text($0.value))" },
        framing: "\(framing.contentLength ?? -1) \(framing.isChunked) \(framing.saysClose) \(framing.saysKeepAlive)",
        isVersion11: parser.isVersion11, length: length)
}

/// Any bytes as a chunked body: the data is the same however they are cut, and reads alike in one chunk.
func fuzzChunked(_ bytes: UnsafeRawBufferPointer) {
    let whole = readChunks(bytes, firstCut: bytes.count, step: max(bytes.count, 1))
    precondition(readChunks(bytes, firstCut: 1, step: 1) == whole)
    precondition(readChunks(bytes, firstCut: cut(of: bytes), step: max(bytes.count, 1)) == whole)
    guard case .body(let data, let end) = whole else { return }
    precondition(data.count + 5 <= end && end <= bytes.count)
    let head = data.isEmpty ? "" : String(data.count, radix: 16) + "\r\n"
    let again = Array(head.utf8) + data + Array((data.isEmpty ? "" : "\r\n").utf8) + Array("0\r\n\r\n".utf8)
    again.withUnsafeBytes { again in
        precondition(
            readChunks(again, firstCut: again.count, step: 1) == .body(data, end: again.count),
            "a body in one chunk is another")
    }
}

private enum ReadChunks: Equatable {
    case body([UInt8], end: Int)
    case refused(ParseFailure)
    case incomplete([UInt8])
}

private func readChunks(_ bytes: UnsafeRawBufferPointer, firstCut: Int, step: Int) -> ReadChunks {
    var decoder = ChunkedDecoder()
    var data: [UInt8] = []
    var start = 0
    var end = min(firstCut, bytes.count)
    do throws(ParseFailure) {
        while true {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            var offset = 0
            reading: while true {
                switch try decoder.next(piece, &offset) {
                case .data(let range): data += piece[range]
                case .end(let position):
                    precondition(position == offset)
                    return .body(data, end: start + position)
                case .needsMore:
                    precondition(offset == piece.count)
                    break reading
                }
            }
            guard end < bytes.count else { return .incomplete(data) }
            (start, end) = (end, min(end + step, bytes.count))
        }
    } catch {
        return .refused(error)
    }
}
