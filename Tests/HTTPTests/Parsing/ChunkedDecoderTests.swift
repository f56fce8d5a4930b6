import Testing

@testable import HTTP

/// One chunked body on the wire and what must become of it.
struct ChunkedCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        case body(String, bytesBehind: Int)
        case refused(UInt16)
        case incomplete(String)
    }

    let name: String
    let text: String
    let outcome: Outcome

    init(_ name: String, _ text: String, _ outcome: Outcome) {
        self.name = name
        self.text = text
        self.outcome = outcome
    }

    var testDescription: String { name }

    /// Refused with status 400.
    static func refused(_ name: String, _ text: String) -> ChunkedCase { ChunkedCase(name, text, .refused(400)) }
}

@Suite("The decoder of chunks")
struct ChunkedDecoderTests {
    @Test("a body that comes whole", arguments: chunkedCorpus)
    func whole(body: ChunkedCase) {
        let bytes = latin1(body.text)
        #expect(decode(bytes, splitAt: [bytes.count]) == body.outcome)
    }

    @Test("a body that comes byte by byte", arguments: chunkedCorpus)
    func byteByByte(body: ChunkedCase) {
        let bytes = latin1(body.text)
        #expect(decode(bytes, splitAt: Array(1..<bytes.count + 1)) == body.outcome)
    }

    @Test("a body that comes in two pieces, split anywhere", arguments: chunkedCorpus)
    func split(body: ChunkedCase) async throws {
        let bytes = latin1(body.text)
        let wrong = try await computing { () -> String? in
            for position in stride(from: 1, to: bytes.count, by: bytes.count > 2048 ? 97 : 1) {
                let found = decode(bytes, splitAt: [position, bytes.count])
                if found != body.outcome { return "split at \(position): \(found) instead of \(body.outcome)" }
            }
            return nil
        }
        #expect(wrong == nil)
    }

    @Test("data is pointed at in the input, chunk by chunk")
    func ranges() throws {
        var decoder = ChunkedDecoder()
        var offset = 0
        let bytes = Array("3\r\nabc\r\n2\r\nde".utf8)
        let steps = try bytes.withUnsafeBytes { (bytes) throws(ParseFailure) in
            var steps: [ChunkedDecoder.Step] = []
            for _ in 0..<3 { steps.append(try decoder.next(bytes, &offset)) }
            return steps
        }
        #expect(steps == [.data(3..<6), .data(11..<13), .needsMore])
        #expect(offset == bytes.count)
    }
}

private func decode(_ bytes: [UInt8], splitAt ends: [Int]) -> ChunkedCase.Outcome {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    var start = 0
    do throws(ParseFailure) {
        for end in ends {
            let piece = Array(bytes[start..<end])
            var offset = 0
            reading: while true {
                let step = piece.withUnsafeBytes { piece in
                    Result { () throws(ParseFailure) in try decoder.next(piece, &offset) }
                }
                switch try step.get() {
                case .data(let range): body += piece[range]
                case .needsMore: break reading
                case .end(let position):
                    return .body(String(decoding: body, as: UTF8.self), bytesBehind: bytes.count - start - position)
                }
            }
            start = end
        }
        return .incomplete(String(decoding: body, as: UTF8.self))
    } catch {
        return .refused(error.status.code)
    }
}
