import Testing

@testable import HTTP

@Suite("The request parser")
struct RequestParserTests {
    @Test("the corpus has at least 150 requests, and no name twice")
    func corpusSize() {
        #expect(requestCorpus.count >= 150)
        #expect(Set(requestCorpus.map(\.name)).count == requestCorpus.count)
    }

    @Test("a request that comes whole", arguments: requestCorpus)
    func whole(request: RequestCase) {
        #expect(outcome(of: request.bytes, inPieces: [request.bytes.count]) == request.outcome)
    }

    @Test("a request that comes byte by byte", arguments: requestCorpus)
    func byteByByte(request: RequestCase) {
        #expect(outcome(of: request.bytes, inPieces: Array(1...max(1, request.bytes.count))) == request.outcome)
    }

    @Test("a request that comes in two pieces, split anywhere", arguments: requestCorpus)
    func split(request: RequestCase) async throws {
        // Long requests are split at some places only, which are no multiple of anything.
        let step = request.bytes.count > 2048 ? 211 : 1
        let wrong = try await computing { () -> String? in
            for position in stride(from: 1, to: request.bytes.count, by: step) {
                let found = outcome(of: request.bytes, inPieces: [position, request.bytes.count])
                if found != request.outcome { return "split at \(position): \(found) instead of \(request.outcome)" }
            }
            return nil
        }
        #expect(wrong == nil)
    }

    @Test("a parser that was reset parses as if it were new")
    func reset() throws {
        var parser = RequestParser()
        let first = Array("POST /a HTTP/1.0\r\nAuthorization: x\r\nContent-Length: 3\r\n\r\n".utf8)
        let second = Array("GET /b HTTP/1.1\r\nHost: b\r\nAuthorization: y\r\n\r\n".utf8)
        #expect(try first.withUnsafeBytes { try parser.parse($0) } == first.count)
        parser.reset()
        #expect(try second.withUnsafeBytes { try parser.parse($0) } == second.count)
        #expect(parser.method == .get && parser.isVersion11 && parser.fields.count == 2)
        #expect(parser.framing.contentLength == nil && parser.framing.hostCount == 1)
    }

    @Test(
        "what Connection and Expect say",
        arguments: [
            ("Connection: close", true, false, false), ("Connection: keep-alive", false, true, false),
            ("Connection: x,close ,y", true, false, false), ("Connection: closed", false, false, false),
            ("Connection: a\r\nConnection: Keep-Alive", false, true, false), ("Connection: ,,", false, false, false),
            ("Expect: 100-Continue", false, false, true), ("X: close", false, false, false),
        ])
    func connection(lines: String, closes: Bool, keepsAlive: Bool, expects: Bool) throws {
        var parser = RequestParser()
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n".utf8)
        #expect(try bytes.withUnsafeBytes { try parser.parse($0) } == bytes.count)
        #expect(parser.framing.saysClose == closes)
        #expect(parser.framing.saysKeepAlive == keepsAlive)
        #expect(parser.framing.expectsContinue == expects)
    }

    @Test("smaller limits hold as well")
    func smallerLimits() {
        var limits = HeadLimits()
        limits.startLineBytes = 20
        limits.headBytes = 40
        limits.fieldCount = 2
        let cases: [(String, RequestCase.Outcome)] = [
            ("GET /12345678 HTTP/1.1\r\n", .refused(414)),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: 1234567890123\r\n", .refused(431)),
            ("GET / HTTP/1.1\r\nHost: a\r\nX:y\r\nZ:y\r\n\r\n", .refused(431)),
        ]
        for (text, expected) in cases {
            let bytes = Array(text.utf8)
            #expect(outcome(of: bytes, inPieces: [bytes.count], limits: limits) == expected)
            #expect(outcome(of: bytes, inPieces: Array(1...bytes.count), limits: limits) == expected)
        }
    }
}

/// What the parser says when it is shown the first so many bytes, then more, and at last all.
func outcome(of bytes: [UInt8], inPieces ends: [Int], limits: HeadLimits = HeadLimits()) -> RequestCase.Outcome {
    var parser = RequestParser(limits: limits)
    do throws(ParseFailure) {
        for end in ends where end <= bytes.count {
            // A copy of exactly these bytes, so that a look beyond them is found by the sanitizer.
            let seen = Array(bytes[..<end])
            let parsed = seen.withUnsafeBytes { seen in
                Result { () throws(ParseFailure) in try parser.parse(seen) }
            }
            guard let length = try parsed.get() else { continue }
            return .accepted(head(parser, bytes, length))
        }
        return .incomplete
    } catch {
        return .refused(error.status.code)
    }
}

private func head(_ parser: RequestParser, _ bytes: [UInt8], _ length: Int) -> RequestCase.Head {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    return RequestCase.Head(
        method: parser.method, path: text(parser.target.path), query: parser.target.query.map(text),
        framing: parser.framing.isChunked ? .chunked : parser.framing.contentLength.map { .length($0) } ?? .none,
        fields: parser.fields.map { .init(name: text($0.name), value: text($0.value)) },
        isVersion11: parser.isVersion11, bytesBehind: bytes.count - length)
}
