import HTTP

/// What every client sends.
let wellFormedRequests: [RequestCase] = [
    .accepted("the smallest request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .get, "/"),
    .accepted(
        "what curl sends", "GET /jobs/7?full=1 HTTP/1.1\r\nHost: a:8000\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n",
        .get, "/jobs/7", query: "full=1", fields: ["Host": "a:8000", "User-Agent": "curl/8.0", "Accept": "*/*"]),
    .accepted("HEAD", "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", .head, "/x"),
    .accepted("DELETE", "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n", .delete, "/x"),
    .accepted("OPTIONS of a path", "OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n", .options, "/x"),
    .accepted("OPTIONS of everything", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", .options, "*"),
    .accepted(
        "PUT with a body", "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", .put, "/x", .length(3),
        fields: ["Host": "a", "Content-Length": "3"], bytesBehind: 3),
    .accepted(
        "PATCH with an empty body", "PATCH /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", .patch, "/x",
        .length(0), fields: ["Host": "a", "Content-Length": "0"]),
    .accepted(
        "POST without a body", "POST /x HTTP/1.1\r\nHost: a\r\n\r\n", .post, "/x"),
    .accepted(
        "POST in chunks", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        .post,
        "/x", .chunked, fields: ["Host": "a", "Transfer-Encoding": "chunked"], bytesBehind: 13),
    .accepted(
        "GET with a body", "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", .get, "/x", .length(2),
        fields: ["Host": "a", "Content-Length": "2"], bytesBehind: 2),
    .accepted(
        "a body that looks like a request",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\nGET /never HTTP/1.1\r\nHost: evil\r\n\r\n", .post,
        "/x",
        .length(35), fields: ["Host": "a", "Content-Length": "35"], bytesBehind: 35),
    .accepted("one empty line before it", "\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", .get, "/x"),
    .accepted("HTTP/1.0", "GET /x HTTP/1.0\r\nHost: a\r\n\r\n", .get, "/x", isVersion11: false),
    .accepted("HTTP/1.0 without Host", "GET /x HTTP/1.0\r\n\r\n", .get, "/x", fields: [:], isVersion11: false),
    .accepted(
        "HTTP/1.0 with a body", "POST /x HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\n\r\nz", .post, "/x", .length(1),
        fields: ["Host": "a", "Content-Length": "1"], isVersion11: false, bytesBehind: 1),
    .accepted(
        "the absolute form", "GET http://a/x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n", .get, "/x", query: "y=1"),
    .accepted(
        "the absolute form over TLS", "GET https://a:443/x HTTP/1.1\r\nHost: a:443\r\n\r\n", .get, "/x",
        fields: ["Host": "a:443"]),
    .accepted(
        "the absolute form in other letters", "GET HTTP://EXAMPLE.org/X HTTP/1.1\r\nHost: example.ORG\r\n\r\n", .get,
        "/X",
        fields: ["Host": "example.ORG"]),
]
