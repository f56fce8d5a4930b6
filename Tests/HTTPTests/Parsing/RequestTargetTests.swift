import Testing

@testable import HTTP

@Suite("Request targets and percent-encoding")
struct RequestTargetTests {
    private func target(_ text: String) throws -> RequestTarget {
        let bytes = Array("xx\(text)yy".utf8)
        return try bytes.withUnsafeBytes { try RequestTarget(parsing: $0, 2..<$0.count - 2) }
    }

    @Test("the parts are pointed at in the request line")
    func parts() throws {
        let plain = try target("/a/b?c=d")
        #expect(plain.path == 2..<6 && plain.query == 7..<10 && plain.authority == nil && !plain.pathHasEscapes)
        let escaped = try target("/a%20b")
        #expect(escaped.path == 2..<8 && escaped.query == nil && escaped.pathHasEscapes)
        let absolute = try target("http://host:1/p?")
        #expect(absolute.authority == 9..<15 && absolute.path == 15..<17 && absolute.query == 18..<18)
        #expect(try target("*").isAsterisk)
    }

    @Test("an escape in the query alone leaves the path as it is")
    func escapesInQuery() throws {
        #expect(try target("/a?b=%20").pathHasEscapes == false)
    }

    @Test(
        "escapes are decoded once",
        arguments: [
            ("/a%20b", "/a b"), ("/%C3%A9", "/é"), ("/%c3%a9", "/é"), ("/%2525", "/%25"), ("/a+b", "/a+b"), ("%", "%"),
            ("%4", "%4"), ("%zz", "%zz"), ("a%4", "a%4"), ("%41%", "A%"), ("/%ff", "/\u{fffd}"), ("", ""),
        ])
    func decoding(text: String, decoded: String) {
        #expect(PercentCoding.decode(text) == decoded)
    }

    @Test("what is encoded comes back", arguments: ["", "a b", "é/ü", "%41", "a+b&c=d?e#f", "\0\r\n", "~-._"])
    func roundTrip(text: String) {
        let encoded = PercentCoding.encode(text)
        #expect(PercentCoding.decode(encoded) == text)
        #expect(encoded.utf8.allSatisfy { CharacterClass.isPath($0) && $0 != UInt8(ascii: "/") })
        #expect(PercentCoding.decode(PercentCoding.encode(text, keepingSlash: true)) == text)
    }

    @Test("a slash is kept where it is asked for")
    func slashes() {
        #expect(PercentCoding.encode("a/b c") == "a%2Fb%20c")
        #expect(PercentCoding.encode("a/b c", keepingSlash: true) == "a/b%20c")
    }
}
