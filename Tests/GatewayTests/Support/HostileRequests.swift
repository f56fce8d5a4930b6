import Testing

/// Requests that proxies in wide use let through, each at least one of them, and the rule that each breaks.
enum HostileRequests {
    enum Rule: String, Sendable {
        case framing = "RFC 9112, 6: two readers must never differ about where a body ends"
        case lines =
            "RFC 9112, 2.2 and 5: lines end in CR LF, names are tokens, values hold no controls, nothing is folded"
        case chunks = "RFC 9112, 7.1: a chunk's size is hexadecimal digits, and its lines end in CR LF"
        case host = "RFC 9112, 3.2: one Host, and a target that says no other"
        case path = "one spelling a path: what a service might resolve is not passed on"
        case method = "RFC 9110, 9 and RFC 9113, 3.1: methods that we serve, HTTP/1, and no upgrade to h2c"
        case caller = "RFC 9110, 11.6.2: one Authorization"
        case size = "RFC 6585, 5: heads have a limit"
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        /// What may be answered.
        let statuses: Set<Int>
        var rule = Rule.framing

        init(_ name: String, _ request: String, _ statuses: Set<Int> = [400]) {
            self.name = name
            self.request = request
            self.statuses = statuses
        }

        var testDescription: String { name }
    }

    static func get(_ fields: String, target: String = "/asr/x", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\(fields)\r\n"
    }

    static func post(_ fields: String, _ body: String, version: String = "1.1") -> String {
        "POST /asr/x HTTP/\(version)\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\(fields)\r\n\(body)"
    }

    private static let smuggled = "GET /asr/smuggled HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer ann\r\n\r\n"

    private static let framing: [Case] = [
        Case(
            "Content-Length and Transfer-Encoding",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n\(smuggled)")),
        Case(
            "Transfer-Encoding and Content-Length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n\(smuggled)")),
        Case("two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
        Case("two lengths", post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")),
        Case("a list of lengths", post("Content-Length: 5, 5\r\n", "hello")),
        Case("a length with a sign", post("Content-Length: +5\r\n", "hello")),
        Case("a negative length", post("Content-Length: -5\r\n", "hello")),
        Case("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello")),
        Case("a length of too many digits", post("Content-Length: 99999999999999999999\r\n", "hello"), [400, 413]),
        Case("an empty length", post("Content-Length: \r\n", "hello")),
        Case("a space before the colon", post("Content-Length : 5\r\n", "hello")),
        Case("an underscore for the hyphen", post("Content_Length: 5\r\n", smuggled)),
        Case("Transfer_Encoding", post("Transfer_Encoding: chunked\r\nContent-Length: 3\r\n", "abc")),
        Case("Transfer-Encoding in HTTP/1.0", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", version: "1.0")),
        Case("Transfer-Encoding: identity", post("Transfer-Encoding: identity\r\n", "hello"), [400, 501]),
        Case("Transfer-Encoding: xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), [400, 501]),
        Case(
            "Transfer-Encoding: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            [400, 501]),
        Case(
            "Transfer-Encoding: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), [400, 501]),
        Case(
            "Transfer-Encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        Case("Transfer-Encoding behind a tab", post("Transfer-Encoding:\u{0b}chunked\r\n", "0\r\n\r\n"), [400, 501]),
    ]

    private static let lines: [Case] = [
        Case("bare line feeds", "GET /asr/x HTTP/1.1\nHost: gw\nAuthorization: Bearer ann\n\n"),
        Case("a bare carriage return in a value", get("X-A: b\rX-User-Id: evil\r\n")),
        Case("a folded line", get("X-A: b\r\n X-User-Id: evil\r\n")),
        Case("a line folded by a tab", get("X-A: b\r\n\tc\r\n")),
        Case("a NUL in a value", get("X-A: b\0c\r\n")),
        Case("a control in a value", get("X-A: b\u{01}c\r\n")),
        Case("a field without a name", get(": b\r\n")),
        Case("a field without a colon", get("X-User-Id\r\n")),
        Case("a name with a space", get("X A: b\r\n")),
        Case("a name with a control", get("X\u{7f}A: b\r\n")),
        Case("a first field that is folded", "GET /asr/x HTTP/1.1\r\n Host: gw\r\n\r\n"),
    ]

    private static let chunks: [Case] = [
        Case(
            "a chunk's size that ends in a line feed", post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")),
        Case(
            "a chunk's data that ends in a line feed", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n")),
        Case(
            "a chunk's extension with a line feed",
            post("Transfer-Encoding: chunked\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n")),
        Case("a chunk's size with 0x", post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n")),
        Case("a chunk's size with a sign", post("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n")),
        Case(
            "a chunk's size beyond all bounds", post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nhello\r\n")
        ),
        Case(
            "a chunk's size that is negative in 64 bits",
            post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFE\r\nhello\r\n"), [400, 413]),
    ]

    private static let host: [Case] = [
        Case("no Host", "GET /asr/x HTTP/1.1\r\nAuthorization: Bearer ann\r\n\r\n"),
        Case("two Hosts", get("Host: evil\r\n")),
        Case("an absolute target of another host", get("", target: "http://evil/asr/x")),
        Case("a Host with a path", "GET /asr/x HTTP/1.1\r\nHost: gw/evil\r\nAuthorization: Bearer ann\r\n\r\n"),
        Case("a Host with a user", "GET /asr/x HTTP/1.1\r\nHost: a@gw\r\nAuthorization: Bearer ann\r\n\r\n"),
    ]

    private static let path: [Case] = [
        Case("dot segments", get("", target: "/asr/../admin")),
        Case("encoded dot segments", get("", target: "/asr/%2e%2e/admin")),
        Case("half-encoded dot segments", get("", target: "/asr/.%2E/admin")),
        Case("two slashes", get("", target: "//asr/x")),
        Case("an encoded slash", get("", target: "/asr%2fx")),
        Case("a backslash", get("", target: "/asr\\..\\x")),
        Case("an encoded backslash", get("", target: "/asr%5c..%5cx")),
        Case("an encoded NUL", get("", target: "/asr/x%00")),
        Case("a fragment", get("", target: "/asr/x#y")),
        Case("a raw byte beyond ASCII", get("", target: "/asr/\u{e9}")),
        Case("an overlong slash", get("", target: "/asr/%c0%af")),
        Case("a malformed escape", get("", target: "/asr/%zz")),
    ]

    private static let method: [Case] = [
        Case("TRACE", "TRACE /asr/x HTTP/1.1\r\nHost: gw\r\n\r\n", [405]),
        Case("CONNECT", "CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n", [400, 405]),
        Case("a method in small letters", "get /asr/x HTTP/1.1\r\nHost: gw\r\n\r\n", [400, 501]),
        Case("HTTP/2.0 in the request line", get("", version: "2.0"), [400, 505]),
        Case("HTTP/1.10", get("", version: "1.10"), [400, 505]),
        Case("HTTP/0.9", "GET /asr/x\r\n\r\n", [400, 505]),
        Case(
            "an upgrade to h2c",
            get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")),
    ]

    private static let caller: [Case] = [
        Case("two Authorizations", get("Authorization: Bearer bob\r\n"), [400, 401])
    ]

    private static let size: [Case] = [
        Case("a field of 64 KiB", get("X-A: \(String(repeating: "a", count: 65536))\r\n"), [431]),
        Case("two hundred fields", get((0..<200).map { "X-\($0): a\r\n" }.joined()), [431]),
        Case("a target of 64 KiB", get("", target: "/asr/" + String(repeating: "a", count: 65536)), [414, 431]),
    ]

    static let refused = [
        (Rule.framing, framing),
        (Rule.lines, lines),
        (Rule.chunks, chunks),
        (Rule.host, host),
        (Rule.path, path),
        (Rule.method, method),
        (Rule.caller, caller),
        (Rule.size, size),
    ].flatMap { rule, cases in
        cases.map { hostile in
            var hostile = hostile
            hostile.rule = rule
            return hostile
        }
    }
}
