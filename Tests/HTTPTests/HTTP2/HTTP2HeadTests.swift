import Testing

@testable import HTTP

@Suite("A head of HTTP/2")
struct HTTP2HeadTests {
    typealias Fields = [(name: [UInt8], value: [UInt8])]

    private func head(_ fields: Fields, limits: HeadLimits = HeadLimits()) -> Result<HTTP2Head.Line, ParseFailure> {
        var head = HTTP2Head(limits: limits)
        for field in fields {
            field.name.withUnsafeBytes { name in field.value.withUnsafeBytes { head.add(name, $0) } }
        }
        return Result { () throws(ParseFailure) in try head.finish() }
    }

    private func fields(_ text: [(String, String)]) -> Fields { text.map { (latin1($0.0), latin1($0.1)) } }

    private static let good = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/x?y=1")]

    @Test("is read like one of HTTP/1.1: Host, target, fields and cookies in one")
    func wellFormed() throws {
        var head = HTTP2Head(limits: HeadLimits())
        let sent =
            Self.good + [
                ("cookie", "a=1"), ("accept", "*/*"), ("cookie", "b=2"), ("te", "trailers"), ("content-length", "3"),
                ("priority", "u=1, i"), ("x-empty", ""),
            ]
        for (name, value) in fields(sent) {
            name.withUnsafeBytes { name in value.withUnsafeBytes { head.add(name, $0) } }
        }
        let line = try head.finish()
        #expect(line.method == .get)
        #expect(head.headers.text(line.target.path) == "/x" && line.target.query.map(head.headers.text) == "y=1")
        #expect(head.headers["host"] == "a" && head.headers["cookie"] == "a=1; b=2")
        #expect(head.headers["Accept"] == "*/*" && head.headers["x-empty"] == "")
        #expect(head.framing.contentLength == 3)
        #expect(head.headers.count == 7)
    }

    @Test(
        "is refused for what HTTP/2 forbids",
        arguments: [
            ("no method", [(":scheme", "https"), (":authority", "a"), (":path", "/")]),
            ("no scheme", [(":method", "GET"), (":authority", "a"), (":path", "/")]),
            ("no path", [(":method", "GET"), (":scheme", "https"), (":authority", "a")]),
            ("no authority", [(":method", "GET"), (":scheme", "https"), (":path", "/")]),
            ("an empty path", [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "")]),
            ("an empty authority", [(":method", "GET"), (":scheme", "https"), (":authority", ""), (":path", "/")]),
            ("another scheme", [(":method", "GET"), (":scheme", "ftp"), (":authority", "a"), (":path", "/")]),
            (
                "a method of two words",
                [(":method", "GET /"), (":scheme", "http"), (":authority", "a"), (":path", "/")]
            ),
            (
                "an absolute path",
                [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "http://a/")]
            ),
            ("an asterisk for GET", [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "*")]),
            ("a method twice", good + [(":method", "GET")]),
            ("a path twice", good + [(":path", "/")]),
            ("an unknown pseudo-field", good + [(":protocol", "websocket")]),
            ("a pseudo-field of answers", good + [(":status", "200")]),
            ("a pseudo-field behind a field", good.dropLast() + [("a", "b"), (":path", "/")]),
            ("a name in capitals", good + [("Accept", "a")]),
            ("an empty name", good + [("", "a")]),
            ("a name with a space", good + [("a b", "a")]),
            ("a name with a colon", good + [("a:b", "a")]),
            ("a name with a line's end", good + [("a\r\nb", "a")]),
            ("a value with CR", good + [("a", "b\rc")]),
            ("a value with LF", good + [("a", "b\nc")]),
            ("a value with NUL", good + [("a", "b\0c")]),
            (
                "a path with CR LF",
                [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/\r\nb: c")]
            ),
            ("a value that begins with a space", good + [("a", " b")]),
            ("a value that ends with a tab", good + [("a", "b\t")]),
            ("Connection", good + [("connection", "close")]),
            ("Keep-Alive", good + [("keep-alive", "1")]),
            ("Proxy-Connection", good + [("proxy-connection", "close")]),
            ("Transfer-Encoding", good + [("transfer-encoding", "chunked")]),
            ("Upgrade", good + [("upgrade", "websocket")]),
            ("HTTP2-Settings", good + [("http2-settings", "AAA")]),
            ("TE of another coding", good + [("te", "gzip")]),
            ("TE of several", good + [("te", "trailers, gzip")]),
            ("another Host", good + [("host", "b")]),
            ("two Hosts", good + [("host", "a"), ("host", "a")]),
            ("two lengths", good + [("content-length", "1"), ("content-length", "1")]),
            ("a length with an underscore", good + [("content_length", "1")]),
            ("two authorizations", good + [("authorization", "a"), ("authorization", "b")]),
        ] as [(String, [(String, String)])])
    func forbidden(name: String, sent: [(String, String)]) {
        let refusal = head(fields(sent)).failure
        #expect(refusal?.status == .badRequest, "\(name)")
    }

    @Test("a Host that says the same as the authority, or stands in its place, is taken")
    func host() {
        #expect(head(fields(Self.good + [("host", "A")])).failure == nil)
        let without = Self.good.filter { $0.0 != ":authority" }
        #expect(head(fields(without + [("host", "a")])).failure == nil)
    }

    @Test("has the limits of HTTP/1.1")
    func limits() {
        let many = Self.good + (0..<101).map { ("x-\($0)", "") }
        #expect(head(fields(many)).failure?.status == .headerFieldsTooLarge)
        #expect(head(fields(Array(many.dropLast()))).failure == nil)
        let large = Self.good + [("x", String(repeating: "a", count: 16 * 1024))]
        #expect(head(fields(large)).failure?.status == .headerFieldsTooLarge)
        let path = "/" + String(repeating: "a", count: 8 * 1024)
        let long = Self.good.dropLast() + [(":path", path)]
        #expect(head(fields(Array(long))).failure?.status == .uriTooLong)
    }

    @Test("the corpus of HTTP/1.1 meets the same end")
    func corpus() {
        var seen = 0
        for request in requestCorpus {
            guard let sent = Self.translated(request) else { continue }
            seen += 1
            let outcome = head(sent)
            switch request.outcome {
            case .refused:
                #expect(outcome.failure != nil, "\(request.name)")
            case .accepted(let expected) where Self.isOfVersion1(sent):
                #expect(outcome.failure != nil, "\(expected.path): \(request.name)")
            case .accepted:
                #expect(outcome.failure == nil, "\(request.name)")
            case .incomplete: break
            }
        }
        #expect(seen > 200)
    }

    /// Whether a request that is right in HTTP/1.1 has what HTTP/2 does not know.
    static func isOfVersion1(_ fields: Fields) -> Bool {
        let names: Set<String> = [
            "connection", "keep-alive", "transfer-encoding", "upgrade", "te", "proxy-connection", "http2-settings",
        ]
        return fields.contains { field in
            let value = String(decoding: field.value, as: UTF8.self)
            return names.contains(String(decoding: field.name, as: UTF8.self))
                || field.name == latin1(":path") && !value.hasPrefix("/") && value != "*"
        }
    }

    /// Without a request line the limits lie elsewhere by a few bytes; they have tests of their own.
    private static let atLimits = Set(limitCases.map(\.name))

    /// The fields that say the same in HTTP/2; nil for what only lines can say.
    static func translated(_ request: RequestCase) -> Fields? {
        guard !atLimits.contains(request.name) else { return nil }
        guard let end = request.bytes.firstRange(of: latin1("\r\n\r\n")) else { return nil }
        var lines: [[UInt8]] = []
        var rest = request.bytes[..<end.lowerBound]
        while let cut = rest.firstRange(of: latin1("\r\n")) {
            lines.append(Array(rest[..<cut.lowerBound]))
            rest = rest[cut.upperBound...]
        }
        lines.append(Array(rest))
        let parts = lines[0].split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, Array(parts[2]) == latin1("HTTP/1.1"), !parts[0].isEmpty else { return nil }
        var named: Fields = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
            let name = line[..<colon].map(CharacterClass.lowercased)
            var value = line[(colon + 1)...]
            while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
            while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
            named.append((name, Array(value)))
        }
        let hosts = named.filter { $0.name == latin1("host") }
        if hosts.count == 1 { named.removeAll { $0.name == latin1("host") } }
        return [
            (latin1(":method"), Array(parts[0])), (latin1(":scheme"), latin1("http")),
            (latin1(":path"), Array(parts[1])),
        ] + (hosts.count == 1 ? [(latin1(":authority"), hosts[0].value)] : []) + named
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
