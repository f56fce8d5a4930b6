import Testing

@testable import Configuration

@Suite("Addresses and URLs in settings")
struct SettingsNetworkKindTests {
    @Test(
        "A host and port",
        arguments: [
            ("db:5432", "db:5432"), ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:443", "[::1]:443"),
            ("my_db.internal:1", "my_db.internal:1"), ("db", "db:7"), ("[::1]", "[::1]:7"),
            ("db:", nil), ("db:0", nil), ("db:65536", nil), ("db:+80", nil), ("db:8a", nil), (":80", nil), ("", nil),
            ("::1", nil), ("[::1", nil), ("[::1]80", nil), ("[db]:80", nil), ("[]:80", nil), ("d b:80", nil),
            ("-db:80", nil), ("a..b:80", nil), ("db:80:90", nil), ("dß:80", nil), ("u@db:80", nil),
            (String(repeating: "a", count: 64) + ":80", nil), ("db:000080", nil),
        ] as [(String, String?)])
    func address(text: String, expected: String?) {
        #expect(SettingKind.address(defaultPort: 7).parse(text)?.description == expected)
    }

    @Test("Without a default port one must be given")
    func noDefaultPort() {
        #expect(HostPort("db") == nil)
        #expect(HostPort("[::1]:80")?.host == "::1")
    }

    @Test(
        "A base URL",
        arguments: [
            ("http://db", "http://db"), ("HTTP://db:80/", "http://db"),
            ("https://a.b:8443/x/y/", "https://a.b:8443/x/y"),
            ("https://[::1]/", "https://[::1]"), ("https://[::1]:444", "https://[::1]:444"),
            ("http://db//", "http://db"),
            ("ftp://db", nil), ("db:80", nil), ("http:/db", nil), ("http://", nil), ("http:///x", nil), ("://db", nil),
            ("http://user@db", nil), ("http://user:pass@db", nil), ("http://db?x=1", nil), ("http://db/?x=1", nil),
            ("http://db/#x", nil), ("http://db:99999", nil), ("http://db /x", nil), ("http://db/ü", nil),
            ("http://db/\u{0}", nil), ("", nil), ("http", nil),
        ] as [(String, String?)])
    func url(text: String, expected: String?) {
        #expect(SettingKind.url().parse(text)?.description == expected)
    }

    @Test("The parts of a base URL")
    func parts() throws {
        let url = try #require(BaseURL("https://host.example/objects/"))
        #expect(url.scheme == "https" && url.host == "host.example" && url.port == 443 && url.path == "/objects")
        #expect(BaseURL("s3://x:1", schemes: ["s3"])?.port == 1)
        #expect(BaseURL("s3://x", schemes: ["s3"]) == nil, "there is no port to take by default")
    }
}
