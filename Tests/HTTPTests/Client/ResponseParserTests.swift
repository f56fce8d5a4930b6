import Testing

@testable import HTTP

@Suite struct ResponseParserTests {
    /// What a parser makes of some bytes, in a form that compares.
    struct Parsed: Equatable {
        var status: UInt16 = 0
        var length = 0
        var fields: [String] = []
        var framing = ResponseFraming.none
        var keeps = false
        var failure: String?
    }

    /// Feeds prefixes of growing length, as a connection does, ending at each of `ends`.
    static func parse(_ bytes: [UInt8], ends: some Sequence<Int>, method: Method = .get) -> Parsed {
        var parser = ResponseParser()
        var parsed = Parsed()
        for end in ends {
            do throws(ParseFailure) {
                let outcome = bytes.withUnsafeBytes { bytes in
                    Result { () throws(ParseFailure) in
                        try parser.parse(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
                    }
                }
                let length = try outcome.get()
                guard let length else { continue }
                parsed.status = parser.status.code
                parsed.length = length
                parsed.framing = parser.bodyFraming(method: method)
                parsed.keeps = parser.keepsConnection(method: method)
                let headers = bytes.withUnsafeBytes {
                    parser.takeHeaders(UnsafeRawBufferPointer(rebasing: $0[..<length]))
                }
                headers.forEach { parsed.fields.append("\($0)=\($1)") }
                return parsed
            } catch {
                parsed.failure = error.message
                return parsed
            }
        }
        return parsed
    }

    static func parse(_ text: String, method: Method = .get) -> Parsed {
        let bytes = Array(text.utf8)
        return parse(bytes, ends: [bytes.count], method: method)
    }

    static let good: [(String, UInt16, ResponseFraming, Bool)] = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", 200, .length(5), true),
        ("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, .length(0), true),
        ("HTTP/1.1 200\r\nContent-Length: 007\r\n\r\n", 200, .length(7), true),
        ("HTTP/1.1 404 Nicht gefunden \u{fc}\r\nTransfer-Encoding: Chunked\r\n\r\n", 404, .chunked, true),
        ("HTTP/1.1 200 OK\r\n\r\n", 200, .untilClose, false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\n", 200, .length(3), false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n", 200, .length(3), true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: x, Close\r\n\r\n", 200, .length(3), false),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, .none, true),
        ("HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\n", 204, .none, false),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 300\r\n\r\n", 304, .none, true),
        ("HTTP/1.1 100 Continue\r\n\r\n", 100, .none, true),
        ("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", 103, .none, true),
        ("HTTP/1.1 200 OK\r\nx: \t a b \t\r\nX:\r\ncontent-length: 1\r\n\r\n", 200, .length(1), true),
    ]

    @Test("A head says its status, its framing and whether the connection goes on", arguments: good)
    func goodHead(_ text: String, _ status: UInt16, _ framing: ResponseFraming, _ keeps: Bool) {
        let parsed = Self.parse(text)
        #expect(parsed.failure == nil)
        #expect(parsed.status == status)
        #expect(parsed.length == text.utf8.count)
        #expect(parsed.framing == framing)
        #expect(parsed.keeps == keeps)
    }

    static let bad = [
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 099 No\r\n\r\n",
        "HTTP/1.1 600 No\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\nx: a\n\r\n", "HTTP/1.1 200 O\u{7}K\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx : a\r\n\r\n", "HTTP/1.1 200 OK\r\n x: a\r\n\r\n", "HTTP/1.1 200 OK\r\nx\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n", "HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n",
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    ]

    @Test("A head that could be read in two ways is refused", arguments: bad)
    func badHead(_ text: String) {
        #expect(Self.parse(text).failure != nil)
    }

    @Test("The answer to HEAD has no body whatever it declares")
    func head() {
        let parsed = Self.parse("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", method: .head)
        #expect(parsed.framing == .none)
        #expect(parsed.keeps)
    }

    @Test("However the bytes are cut, the outcome is the same")
    func everyCut() {
        for text in Self.good.map(\.0) + Self.bad {
            let bytes = Array((text + "rest of it").utf8)
            let whole = Self.parse(bytes, ends: [bytes.count])
            let single = Self.parse(bytes, ends: 1...bytes.count)
            #expect((single.failure == nil) == (whole.failure == nil), "\(text)")
            if whole.failure == nil { #expect(single == whole) }
            for cut in 1..<bytes.count {
                let split = Self.parse(bytes, ends: [cut, bytes.count])
                #expect((split.failure == nil) == (whole.failure == nil))
                if whole.failure == nil { #expect(split == whole) }
            }
        }
    }

    @Test("A head beyond its limits is refused before it is complete")
    func limits() {
        #expect(Self.parse("HTTP/1.1 200 " + String(repeating: "x", count: 9000)).failure != nil)
        #expect(Self.parse("HTTP/1.1 200 OK\r\nx: " + String(repeating: "x", count: 17000)).failure != nil)
        let many = String(repeating: "x: y\r\n", count: 101)
        #expect(Self.parse("HTTP/1.1 200 OK\r\n" + many + "\r\n").failure != nil)
    }
}
