import Testing

@testable import HTTP

struct OutgoingURLTests {
    @Test(
        "A URL is taken apart as libcurl will",
        arguments: [
            ("https://example.org", "https", "example.org", UInt16(443), "https://example.org/"),
            ("HTTPS://Example.org:8443/a?b#c", "https", "Example.org", 8443, "https://Example.org:8443/a?b"),
            ("http://[2001:DB8::1]:80/", "http", "[2001:DB8::1]", 80, "http://[2001:DB8::1]:80/"),
            ("http://0x7f.1/", "http", "127.0.0.1", 80, "http://127.0.0.1/"),
            ("http://2130706433/", "http", "127.0.0.1", 80, "http://127.0.0.1/"),
            ("http://017700000001/", "http", "127.0.0.1", 80, "http://127.0.0.1/"),
            ("http://127.1/", "http", "127.0.0.1", 80, "http://127.0.0.1/"),
        ])
    func parts(text: String, scheme: String, host: String, port: UInt16, whole: String) throws {
        let url = try OutgoingURL(text, .trusted)
        #expect(url.scheme == scheme)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.text == whole)
    }

    @Test(
        "What is not an http or https URL with a host is refused, and so are credentials in one",
        arguments: [
            "", " ", "example.org", "//example.org/", "/path", "file:///etc/passwd", "ftp://example.org/",
            "gopher://example.org/", "dict://example.org/", "scp://example.org/a", "javascript:alert(1)",
            "https://", "https:///", "https://user@example.org/", "https://user:word@example.org/",
            "https://example.org:0/", "https://example.org:65536/", "https://example.org:x/",
            "https://exa mple.org/", "https://example.org\u{0}.evil.test/", "https://example.org/\r\nX: y",
            "https://[::1/", "https://" + String(repeating: "a", count: 20_000),
        ])
    func refused(text: String) async {
        let error = await failure { _ = try OutgoingURL(text, .trusted) }
        #expect(isRefusedDestination(error))
    }

    @Test("For URLs from outside there is https on its own port alone")
    func untrusted() async throws {
        #expect(try OutgoingURL("https://example.org/", .untrusted).port == 443)
        for text in ["http://example.org/", "https://example.org:22/", "https://example.org:80/"] {
            let error = await failure { _ = try OutgoingURL(text, .untrusted) }
            #expect(isRefusedDestination(error), "\(text)")
        }
    }

    @Test(
        "A location is taken relative to where it came from",
        arguments: [
            ("/x", "https://a.test/x"), ("x?y", "https://a.test/b/x?y"), ("../x", "https://a.test/x"),
            ("//c.test/x", "https://c.test/x"), ("http://c.test/", "http://c.test/"),
            ("/a b", "https://a.test/a%20b"), ("?x", "https://a.test/b/c?x"),
        ])
    func relative(location: String, expected: String) throws {
        let base = try OutgoingURL("https://a.test/b/c?d", .trusted)
        let next = try base.resolving(location, .trusted)
        #expect(next.text == expected)
    }

    @Test("A location may not change to another scheme, hold credentials or break the line")
    func refusedLocations() async throws {
        let base = try OutgoingURL("https://a.test/b", .untrusted)
        for location in [
            "file:///etc/passwd", "http://a.test/", "https://u:p@a.test/", "https://a.test:22/", "/a\u{1}b",
        ] {
            let error = await failure { _ = try base.resolving(location, .untrusted) }
            #expect(isRefusedDestination(error), "\(location)")
        }
    }

    @Test("An origin is scheme, host and port")
    func origins() throws {
        let base = try OutgoingURL("https://a.test/b", .trusted)
        let table: [(String, Bool)] = [
            ("https://A.test:443/c", true), ("http://a.test/b", false), ("https://a.test:444/b", false),
            ("https://b.a.test/b", false),
        ]
        for (text, isSame) in table {
            #expect(try base.isSameOrigin(as: OutgoingURL(text, .trusted)) == isSame, "\(text)")
        }
    }
}
