import HTTP

/// Host: exactly one, and only what a host can be called.
let hostCases: [RequestCase] =
    [
        "localhost", "example.org", "example.org.", "EXAMPLE.org:8080", "a_b", "xn--caf-dma.org", "127.0.0.1",
        "127.0.0.1:65535", "[::1]", "[::1]:8080", "[::ffff:1.2.3.4]", "a:0",
    ].map { host in
        .accepted("Host: \(host)", "GET /x HTTP/1.1\r\nHost: \(host)\r\n\r\n", .get, "/x", fields: ["Host": host])
    }
    + [
        "", "a,b", "a, b", "a b", "a/b", "a@b", "user:pw@a", "a?b", "a#b", "a\\b", "a%41", "a%", "caf\u{e9}", "a:",
        "a:b",
        "a:80:80", "a:65536", "a:123456", "a:-1", ":80", "[]", "[::1", "::1", "[::1]a", "[::1]80", "[::g]", "[v1.x]",
        "a[",
        "a]", "'a'", "a;b", "a=b", "a(b)", "http://a", String(repeating: "a", count: 256),
    ].map { host in
        .refused("Host: \(host)", "GET /x HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }
    + [
        .refused("no Host", "GET /x HTTP/1.1\r\n\r\n"),
        .refused("no Host among others", "GET /x HTTP/1.1\r\nX-Host: a\r\nHos: a\r\n\r\n"),
        .refused("two Hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        .refused("two equal Hosts", "GET /x HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
        .refused("two Hosts in HTTP/1.0", "GET /x HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    ]
