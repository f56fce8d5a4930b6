import HTTP

private let field = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"

private func coded(_ coding: String, _ data: String) -> MultipartCase {
    .refused(
        "\(coding) of '\(data)'",
        "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: \(coding)\r\n\r\n\(data)\r\n--b--")
}

/// Bodies that must be refused.
let malformedForms: [MultipartCase] = [
    .refused("nothing", ""),
    .refused("a line end alone", "\r\n"),
    .refused("no boundary at all", "a=1&b=2"),
    .refused("another boundary", "--c\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--c--"),
    .refused("a boundary without its dashes", "b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\nb--"),
    .refused("a text before the first boundary", "hello\r\n" + field + "--b--"),
    .refused("a text and empty lines before the first boundary", "\r\nhello\r\n\r\n" + field + "--b--"),
    .refused("a bare LF before the first boundary", "\n" + field + "--b--"),
    .refused("a bare CR before the first boundary", "\r" + field + "--b--"),
    .refused("17 empty lines before the first boundary", String(repeating: "\r\n", count: 17) + field + "--b--"),
    .refused("a first boundary that goes on", "--bc\r\n" + field + "--b--"),
    .refused("a first boundary with a dash", "--b-\r\n" + field + "--b--"),
    .refused("a boundary's line that ends in LF", "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--"),
    .refused("no last boundary", field),
    .refused("no boundary behind a part", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1"),
    .refused("half the last boundary", field + "--b-"),
    .refused("a last boundary behind a bare LF", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\n--b--"),
    .refused("an end within the fields", "--b\r\nContent-Disposition: form-data"),
    .refused("an end behind the fields", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
    .refused("a letter behind the last boundary", field + "--b--x"),
    .refused("a bare LF behind the last boundary", field + "--b--\n"),
    .refused("a letter behind spaces behind a boundary", "--b x\r\n" + field.dropFirst(4) + "--b--"),
    .refused("a bare LF behind spaces behind a boundary", "--b \n" + field.dropFirst(4) + "--b--"),
    .refused(
        "65 spaces behind a boundary",
        "--b\(String(repeating: " ", count: 65))\r\n" + field.dropFirst(4) + "--b--"),
    .refused("an epilogue beyond the limit", field + "--b--\r" + String(repeating: "x", count: 4097)),

    // Fields
    .refused("no fields", "--b\r\n\r\n1\r\n--b--"),
    .refused("a part directly behind another's boundary", "--b\r\n--b\r\n--b--"),
    .refusedFields("no Content-Disposition", "Content-Type: text/plain"),
    .refusedFields("two Content-Dispositions", two("Content-Disposition: form-data; name=a")),
    .refusedFields("another disposition", "Content-Disposition: attachment; name=a"),
    .refusedFields("no disposition", "Content-Disposition: name=a"),
    .refusedFields("an empty disposition", "Content-Disposition:"),
    .refusedFields("no name", "Content-Disposition: form-data"),
    .refusedFields("a file name alone", "Content-Disposition: form-data; filename=\"a\""),
    .refusedFields("a name twice", "Content-Disposition: form-data; name=a; name=b"),
    .refusedFields("a file name twice", "Content-Disposition: form-data; name=a; filename=b; FileName=c"),
    .refusedFields("a quote that does not end", "Content-Disposition: form-data; name=\"a"),
    .refusedFields("a text behind a quote", "Content-Disposition: form-data; name=\"a\"b"),
    .refusedFields("a name that is no token", "Content-Disposition: form-data; name=a b"),
    .refusedFields("a comma between parameters", "Content-Disposition: form-data, name=a"),
    .refusedFields("two semicolons", "Content-Disposition: form-data;; name=a"),
    .refusedFields("a NUL in a name", "Content-Disposition: form-data; name=\"a\u{0}b\""),
    .refusedFields("a NUL in a file name", "Content-Disposition: form-data; name=a; filename=\"a.php\u{0}.png\""),
    .refusedFields("a bare CR in a name", "Content-Disposition: form-data; name=\"a\rb\""),
    .refusedFields("a name over two lines", "Content-Disposition: form-data; name=\"a\r\nb\""),
    .refusedFields("a control in a name", "Content-Disposition: form-data; name=\"a\u{1}\""),
    .refusedFields("a name that is not UTF-8", "Content-Disposition: form-data; name=\"caf\u{e9}\""),
    .refusedFields("a file name that is not UTF-8", "Content-Disposition: form-data; name=a; filename=\"\u{ff}\""),
    .refusedFields("an extended file name in Latin-1", extended("iso-8859-1''caf%E9")),
    .refusedFields("an extended file name without a language", extended("utf-8'caf")),
    .refusedFields("an extended file name without a coding", extended("caf")),
    .refusedFields("an extended file name that is not UTF-8", extended("utf-8''%ff")),
    .refusedFields("an extended file name with a NUL", extended("utf-8''a%00b")),
    .refusedFields("an extended file name with a line break", extended("utf-8''a%0d%0ab")),
    .refusedFields("a folded field", "Content-Disposition: form-data;\r\n name=a"),
    .refusedFields("a space before the colon", "Content-Disposition : form-data; name=a"),
    .refusedFields("a field without a colon", "Content-Disposition: form-data; name=a\r\nhello"),
    .refusedFields("a field without a name", "Content-Disposition: form-data; name=a\r\n: x"),
    .refusedFields("a line that ends in LF", "Content-Disposition: form-data; name=a\nX: y"),
    .refusedFields("a line that ends in CR", "Content-Disposition: form-data; name=a\rX: y"),
    .refusedFields("a malformed Content-Type", "Content-Disposition: form-data; name=a\r\nContent-Type: text"),
    .refusedFields(
        "two Content-Types", "Content-Disposition: form-data; name=a\r\n" + two("Content-Type: text/plain")),
    .refusedFields(
        "an unknown coding", "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: x-uuencode"),
    .refusedFields(
        "two codings", "Content-Disposition: form-data; name=a\r\n" + two("Content-Transfer-Encoding: base64")),

    // Codings that the data does not have
    coded("base64", "VGVz!"), coded("base64", "V"), coded("base64", "VG"), coded("base64", "VG="),
    coded("base64", "VG==VG=="), coded("base64", "="), coded("base64", "VGVz===="),
    coded("base64", "VG Vz"), coded("quoted-printable", "a="), coded("quoted-printable", "a=3"),
    coded("quoted-printable", "a=xx"), coded("quoted-printable", "a=\n"),
]

private func two(_ line: String) -> String { "\(line)\r\n\(line)" }

private func extended(_ value: String) -> String { "Content-Disposition: form-data; name=a; filename*=\(value)" }

/// How browsers and others write names.
let namedForms: [MultipartCase] = [
    .named("form-data; name=a", "a"),
    .named("form-data; name=\"a\"", "a"),
    .named("form-data ; name=a ;", "a"),
    .named("form-data;name=\"a\";filename=\"b\"", "a", filename: "b"),
    .named("form-data; filename=b; name=a", "a", filename: "b"),
    .named("form-data; name=\"a b\"; filename=\"c;d=e\"", "a b", filename: "c;d=e"),
    // Browsers write a quote and line ends so; nobody can tell them from the same characters in a name.
    .named("form-data; name=\"say %22hi%22%0D%0A\"", "say %22hi%22%0D%0A"),
    .named("form-data; name=a; filename=\"%22.txt\"", "a", filename: "%22.txt"),
    .named("form-data; name=\"say \\\"hi\\\"\"", "say \"hi\""),
    .named("form-data; name=\"a\\\\b\"", "a\\b"),
    .named("form-data; name=a; filename=\"C:\\Users\\me\\x.txt\"", "a", filename: "C:\\Users\\me\\x.txt"),
    .named("form-data; name=a; filename=\"../../etc/passwd\"", "a", filename: "../../etc/passwd"),
    .named("form-data; name=\"\u{ec}\u{9d}\u{b4}\u{eb}\u{a6}\u{84}\"", "이름"),
    .named("form-data; name=a; filename=\"\u{c3}\u{a9}.txt\"", "a", filename: "é.txt"),
    .named("form-data; name=a; filename*=UTF-8''%E2%82%AC%20rates", "a", filename: "€ rates"),
    .named("form-data; name=a; filename*=utf-8'en'caf%c3%a9; filename=\"cafe\"", "a", filename: "café"),
    .named("form-data; name=a; filename=\"plain\"; filename*=UTF-8''better", "a", filename: "better"),
    .named("form-data; name=a; filename=\"\"", "a", filename: ""),
    .named("form-data; name=\"tab\there\"", "tab\there"),
]
