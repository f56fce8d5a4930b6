import Testing

@testable import HTTP

@Suite("The multipart parser")
struct MultipartParserTests {
    private static let corpus = wellFormedForms + malformedForms + namedForms

    @Test("no name comes twice in the corpus")
    func corpusNames() {
        #expect(Set(Self.corpus.map(\.name)).count == Self.corpus.count)
    }

    @Test("a body that comes whole", arguments: corpus)
    func whole(form: MultipartCase) {
        let found = multipartOutcome(of: form.bytes, boundary: form.boundary, inPieces: [form.bytes.count])
        #expect(found == form.outcome)
    }

    @Test("a body that comes byte by byte", arguments: corpus)
    func byteByByte(form: MultipartCase) {
        let ends = Array(1...max(1, form.bytes.count))
        #expect(multipartOutcome(of: form.bytes, boundary: form.boundary, inPieces: ends) == form.outcome)
    }

    @Test("a body that comes in two pieces, split anywhere", arguments: corpus)
    func split(form: MultipartCase) {
        let step = form.bytes.count > 2048 ? 53 : 1
        for position in stride(from: 1, to: form.bytes.count, by: step) {
            let found = multipartOutcome(
                of: form.bytes, boundary: form.boundary, inPieces: [position, form.bytes.count])
            guard found == form.outcome else {
                Issue.record("split at \(position): \(found) instead of \(form.outcome)")
                return
            }
        }
    }

    @Test(
        "a boundary that RFC 2046 does not allow is refused",
        arguments: [
            "", " ", "a ", "a  ", String(repeating: "a", count: 71), "a\"b", "a\rb", "a\r\nb", "a;b", "a@b", "a&b", "é",
            "a\u{0}b", "a\tb", "a*b", "<a>", "[a]", "{a}",
        ])
    func refusedBoundaries(text: String) {
        #expect(throws: ParseFailure.self) { try MultipartBoundary(text) }
    }

    @Test("a large block of data is handed on in one piece, and never copied")
    func largeBlocks() throws {
        var parser = MultipartParser(boundary: try MultipartBoundary("b"))
        let head = Array("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8)
        let data = [UInt8](repeating: 0x78, count: 1 << 20)
        let bytes = head + data
        try bytes.withUnsafeBytes { bytes in
            var offset = 0
            guard case .part = try parser.next(bytes, &offset) else {
                Issue.record("no part")
                return
            }
            guard case .data(let range) = try parser.next(bytes, &offset) else {
                Issue.record("no data")
                return
            }
            #expect(range == head.count..<bytes.count)
        }
    }

    @Test("data made to mislead the search takes time in proportion to its length")
    func hostileData() throws {
        let boundary = String(repeating: "-", count: 70)
        let head = "--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n"
        let line = "\r\n--" + boundary.dropLast() + "x"
        let data = Array(String(repeating: line, count: 10_000).utf8)
        let bytes = Array(head.utf8) + data + Array("\r\n--\(boundary)--".utf8)
        let found = multipartOutcome(
            of: bytes, boundary: boundary,
            inPieces: Array(stride(from: 1000, to: bytes.count, by: 1000)) + [bytes.count])
        #expect(found == .parts([.init(name: "a", filename: nil, contentType: nil, bytes: data)]))
    }
}
