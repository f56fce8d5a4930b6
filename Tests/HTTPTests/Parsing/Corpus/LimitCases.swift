import HTTP

private func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

/// "GET /" and " HTTP/1.1" around this many letters make a request line of the limit's 8192 bytes, CR included.
private let longestTarget = 8 * 1024 - "GET / HTTP/1.1\r".utf8.count

/// A head of exactly this many bytes before its last LF.
private func head(of bytes: Int) -> String {
    let rest = "GET /x HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
    return "GET /x HTTP/1.1\r\nHost: a\r\nX: \(letters(bytes - rest.utf8.count + 1))\r\n\r\n"
}

private func fields(_ count: Int) -> String {
    (1..<count).map { "X\($0): y\r\n" }.joined()
}

/// At a limit and one beyond it.
let limitCases: [RequestCase] = [
    .accepted(
        "the longest request line", "GET /\(letters(longestTarget)) HTTP/1.1\r\nHost: a\r\n\r\n", .get,
        "/" + letters(longestTarget)),
    .refused(
        as: 414, "a request line of a byte more", "GET /\(letters(longestTarget + 1)) HTTP/1.1\r\nHost: a\r\n\r\n"),
    .refused(as: 414, "a request line without end", "GET /\(letters(9000))"),
    .refused(as: 414, "a method without end", letters(9000)),
    .refused(as: 414, "a control behind the limit", "GET /\(letters(9000))\u{1}"),
    .refused("a control before the limit", "GET /\u{1}\(letters(9000)) HTTP/1.1\r\n"),
    .refused(as: 414, "a bare LF behind the limit", "GET /\(letters(9000)) HTTP/1.1\n"),
    .refused(as: 414, "a query too long", "GET /?\(letters(9000)) HTTP/1.1\r\nHost: a\r\n\r\n"),
    .accepted(
        "the longest head", head(of: 16 * 1024), .get, "/x",
        fields: ["Host": "a", "X": letters(16 * 1024 - "GET /x HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count + 1)]),
    .refused(as: 431, "a head of a byte more", head(of: 16 * 1024 + 1)),
    .refused(as: 431, "a head of 64 KiB", head(of: 64 * 1024)),
    .refused(as: 431, "a field without end", "GET /x HTTP/1.1\r\nHost: a\r\nX: \(letters(17000))"),
    .refused(as: 431, "a name without end", "GET /x HTTP/1.1\r\nHost: a\r\n\(letters(17000))"),
    .refused(as: 431, "a control behind the head's limit", "GET /x HTTP/1.1\r\nHost: a\r\nX: \(letters(17000))\u{1}"),
    .refused("a control before the head's limit", "GET /x HTTP/1.1\r\nHost: a\r\nX: \u{1}\(letters(17000))\r\n\r\n"),
    RequestCase(
        name: "100 fields", bytes: latin1("GET /x HTTP/1.1\r\nHost: a\r\n\(fields(100))\r\n"),
        outcome: .accepted(
            .init(
                method: .get, path: "/x",
                fields: [.init(name: "Host", value: "a")] + (1..<100).map { .init(name: "X\($0)", value: "y") }))),
    .refused(as: 431, "101 fields", "GET /x HTTP/1.1\r\nHost: a\r\n\(fields(101))\r\n"),
    .refused(as: 431, "200 fields", "GET /x HTTP/1.1\r\nHost: a\r\n\(fields(200))\r\n"),
    .refused(
        "a control in the field that is one too many", "GET /x HTTP/1.1\r\nHost: a\r\n\(fields(100))X: \u{1}\r\n\r\n"),
]
