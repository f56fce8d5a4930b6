import HTTP

private func field(_ name: String, _ data: String) -> String {
    "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(data)\r\n"
}

private let letters = String(repeating: "a", count: 5000)

/// Bodies that must be read, part by part.
let wellFormedForms: [MultipartCase] = [
    .parts("one field", field("a", "1") + "--b--\r\n", .init("a", "1")),
    .parts("two fields", field("a", "1") + field("b", "2") + "--b--\r\n", .init("a", "1"), .init("b", "2")),
    .parts("a name twice", field("a", "1") + field("a", "2") + "--b--\r\n", .init("a", "1"), .init("a", "2")),
    .parts("no parts", "--b--\r\n"),
    .parts("no line end behind the last boundary", field("a", "1") + "--b--", .init("a", "1")),
    .parts("a CR alone behind the last boundary", field("a", "1") + "--b--\r", .init("a", "1")),
    .parts("spaces behind the last boundary", field("a", "1") + "--b-- \t\r\n", .init("a", "1")),
    .parts("an epilogue", field("a", "1") + "--b--\r\nbye\r\n--b\r\n", .init("a", "1")),
    .parts("an epilogue up to the limit", field("a", "1") + "--b--\r" + letters.prefix(4096), .init("a", "1")),
    .parts("an empty line before the first boundary", "\r\n" + field("a", "1") + "--b--\r\n", .init("a", "1")),
    .parts(
        "16 empty lines before the first boundary",
        String(repeating: "\r\n", count: 16) + field("a", "1") + "--b--", .init("a", "1")),
    .parts("spaces behind a boundary", "--b \t\r\n" + field("a", "1").dropFirst(4) + "--b--", .init("a", "1")),
    .parts("an empty field", field("a", "") + "--b--\r\n", .init("a", "")),
    .parts(
        "an empty field without its own line end", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--",
        .init("a", "")),
    .parts("an empty name", field("", "1") + "--b--\r\n", .init("", "1")),
    .parts(
        "a file",
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
            + "abc\r\n--b--\r\n", .init("f", filename: "a.txt", contentType: "text/plain", "abc")),
    .parts(
        "a file input without a file",
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n",
        .init("f", filename: "", contentType: "application/octet-stream", "")),
    .parts(
        "names of fields in any case",
        "--b\r\ncontent-DISPOSITION: Form-Data; Name=a\r\nCONTENT-type: Text/Plain\r\nX-Other: y\r\n\r\n1\r\n--b--",
        .init("a", contentType: "text/plain", "1")),

    // What looks like a boundary and is none
    .parts("every byte", field("a", everyByte) + "--b--", .init("a", everyByte)),
    .parts("line ends alone", field("a", "\r\n\r\n\n\r\r") + "--b--", .init("a", "\r\n\r\n\n\r\r")),
    .parts("a boundary that goes on", field("a", "\r\n--bc\r\n--b1") + "--b--", .init("a", "\r\n--bc\r\n--b1")),
    .parts("a boundary not at a line's start", field("a", "x--b\r\n") + "--b--", .init("a", "x--b\r\n")),
    .parts("a boundary behind a bare LF", field("a", "x\n--b\n--b--") + "--b--", .init("a", "x\n--b\n--b--")),
    .parts("a boundary behind a bare CR", field("a", "x\r--b\r\n") + "--b--", .init("a", "x\r--b\r\n")),
    .parts("a boundary with one dash", field("a", "\r\n-b\r\n") + "--b--", .init("a", "\r\n-b\r\n")),
    .parts("a boundary with a dash behind it", field("a", "\r\n--b-x") + "--b--", .init("a", "\r\n--b-x")),
    .parts("a boundary with a bare CR behind it", field("a", "\r\n--b\rx") + "--b--", .init("a", "\r\n--b\rx")),
    .parts("a boundary with CR CR LF behind it", field("a", "\r\n--b\r\r\n") + "--b--", .init("a", "\r\n--b\r\r\n")),
    .parts("a boundary with a bare LF behind it", field("a", "\r\n--b\n") + "--b--", .init("a", "\r\n--b\n")),
    .parts("a boundary in capitals", field("a", "\r\n--B\r\n--B--") + "--b--", .init("a", "\r\n--B\r\n--B--")),
    .parts("beginnings of a boundary", field("a", "\r\n-\r\n--\r\r\n") + "--b--", .init("a", "\r\n-\r\n--\r\r\n")),
    .parts(
        "beginnings of a boundary, one within the other", field("a", "\r\n\r\n-\r\n--\r\n--\r\n-") + "--b--",
        .init("a", "\r\n\r\n-\r\n--\r\n--\r\n-")),
    .parts(
        "a boundary made of dashes",
        "------\r\nContent-Disposition: form-data; name=a\r\n\r\n-----\r\n-----\r\n--------",
        boundary: "----", .init("a", "-----\r\n-----")),
    .parts(
        "a boundary of 70 characters",
        "--\(letters.prefix(70))\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--\(letters.prefix(69))\r\n"
            + "--\(letters.prefix(70))--", boundary: String(letters.prefix(70)),
        .init("a", "\r\n--\(letters.prefix(69))")),
    .parts(
        "a boundary of every character that may stand in one",
        "--'()+_,-./:=? 09AZaz\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--'()+_,-./:=? 09AZaz--",
        boundary: "'()+_,-./:=? 09AZaz", .init("a", "1")),

    // Transfer codings that mail libraries still apply
    .parts("base64", coded("base64", "VGVz\r\ndCAx\r\nMjM=\r\n"), .init("a", "Test 123")),
    .parts("base64 without padding where none is needed", coded("BASE64", "VGVz"), .init("a", "Tes")),
    .parts("base64 of nothing", coded("base64", ""), .init("a", "")),
    .parts("quoted-printable", coded("quoted-printable", "a=3Db=\r\nc=e9"), .init("a", "a=bc\u{e9}")),
    .parts("codings that change nothing", coded("8bit", "a=3D"), .init("a", "a=3D")),
]

private let everyByte = String(String.UnicodeScalarView((UInt8.min...UInt8.max).map { Unicode.Scalar($0) }))

private func coded(_ coding: String, _ data: String) -> String {
    "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: \(coding)\r\n\r\n\(data)\r\n--b--\r\n"
}
