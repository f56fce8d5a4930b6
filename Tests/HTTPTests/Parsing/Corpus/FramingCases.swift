import HTTP

/// Where a body ends: every shape on which two servers were ever seen to disagree.
let framingCases: [RequestCase] = [
    .accepted(
        "Content-Length with leading zeros", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc", .post,
        "/x",
        .length(3), fields: ["Host": "a", "Content-Length": "003"], bytesBehind: 3),
    .accepted(
        "Transfer-Encoding in capitals",
        "POST /x HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n", .post, "/x", .chunked,
        fields: ["Host": "a", "TRANSFER-ENCODING": "CHUNKED"], bytesBehind: 5),
    .accepted(
        "chunks, then the next request",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n0\r\n\r\n", .post, "/x", .chunked,
        fields: ["Host": "a", "Transfer-Encoding": "chunked"], bytesBehind: 11),
    .accepted(
        "a field that only looks like Transfer-Encoding",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encodings: chunked\r\nContent-Length: 1\r\n\r\nz", .post, "/x",
        .length(1),
        fields: ["Host": "a", "Transfer-Encodings": "chunked", "Content-Length": "1"], bytesBehind: 1),

    // CL.TE and TE.CL
    .refusedFields("Content-Length, then Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
    .refusedFields("Transfer-Encoding, then Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
    .refusedFields("Content-Length of zero and Transfer-Encoding", "Content-Length: 0\r\nTransfer-Encoding: chunked"),
    .refused(
        "CL.TE with a request behind it",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            + "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"),
    .refused(
        "TE.CL with a request behind it",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1d\r\n"
            + "GET /never HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n"),

    // TE.TE
    .refusedFields("Transfer-Encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    .refusedFields("Transfer-Encoding twice, one unknown", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow"),
    .refusedFields(
        "Transfer-Encoding twice, identity last", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    .refusedFields("chunked twice", "Transfer-Encoding: chunked, chunked"),
    .refusedFields("identity", "Transfer-Encoding: identity"),
    .refusedFields("identity and chunked", "Transfer-Encoding: identity, chunked"),
    .refusedFields("chunked with a letter before it", "Transfer-Encoding: xchunked"),
    .refusedFields("chunked with a letter after it", "Transfer-Encoding: chunkedx"),
    .refusedFields("chunked in quotes", "Transfer-Encoding: \"chunked\""),
    .refusedFields("chunked with a comma", "Transfer-Encoding: chunked,"),
    .refusedFields("chunked behind a comma", "Transfer-Encoding: ,chunked"),
    .refusedFields("chunked with a parameter", "Transfer-Encoding: chunked;q=1"),
    .refusedFields("a letter beyond ASCII in chunked", "Transfer-Encoding: chun\u{eb}ed"),
    .refusedFields("an empty Transfer-Encoding", "Transfer-Encoding:"),
    .refusedFields(as: 501, "gzip, then chunked", "Transfer-Encoding: gzip, chunked"),
    .refusedFields(as: 501, "gzip alone", "Transfer-Encoding: gzip"),
    .refusedFields(as: 501, "chunked, then gzip", "Transfer-Encoding: chunked, gzip"),
    .refusedFields("a control behind an unknown coding", "Transfer-Encoding: gzip\u{1}"),
    .refused(
        "Transfer-Encoding in HTTP/1.0", "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),

    // Lengths
    .refusedFields("two equal lengths", "Content-Length: 5\r\nContent-Length: 5"),
    .refusedFields("two lengths", "Content-Length: 5\r\nContent-Length: 6"),
    .refusedFields("two equal lengths in one field", "Content-Length: 5, 5"),
    .refusedFields("two lengths in one field", "Content-Length: 5,6"),
    .refusedFields("an empty length", "Content-Length:"),
    .refusedFields("a length with a plus", "Content-Length: +5"),
    .refusedFields("a negative length", "Content-Length: -5"),
    .refusedFields("a hexadecimal length", "Content-Length: 0x5"),
    .refusedFields("a length with a letter", "Content-Length: 5a"),
    .refusedFields("a length with a space", "Content-Length: 5 0"),
    .refusedFields("a length with a dot", "Content-Length: 5.0"),
    .refusedFields("a length with an exponent", "Content-Length: 1e3"),
    .refusedFields("a length with an underscore", "Content-Length: 1_0"),
    .refusedFields("a length in quotes", "Content-Length: \"5\""),
    .refusedFields("a length of 19 digits", "Content-Length: 9999999999999999999"),
    .refusedFields("a length beyond 64 bits", "Content-Length: 18446744073709551621"),
    .refusedFields("a length in other digits", "Content-Length: \u{b2}"),
    .refusedFields("a length behind a control", "Content-Length: \u{b}5"),
    .refusedFields("a name that holds a NUL before its end", "Content-Length\u{0}: 5"),
]
