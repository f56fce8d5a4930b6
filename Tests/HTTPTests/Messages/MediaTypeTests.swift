import Testing

@testable import HTTP

@Suite("Media types")
struct MediaTypeTests {
    @Test(
        "a media type is read",
        arguments: [
            ("text/plain", "text/plain"), ("Text/HTML", "text/html"),
            ("text/html;charset=utf-8", "text/html; charset=utf-8"),
            ("text/html; Charset=\"utf-8\"", "text/html; charset=utf-8"), ("a/b ;\tc=d ; e=f", "a/b; c=d; e=f"),
            ("a/b;", "a/b"), ("a/b ", "a/b"), ("a/b; c=\"\"", "a/b; c=\"\""),
            ("a/b; c=\"d;e=\\\"f\\\"\"", "a/b; c=\"d;e=\\\"f\\\"\""),
            ("application/vnd.x+json", "application/vnd.x+json"), ("a/b; c=\"d\\\\e\"", "a/b; c=\"d\\\\e\""),
        ])
    func read(text: String, description: String) {
        #expect(MediaType(text)?.description == description)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "text", "text/", "/plain", " text/plain", "text /plain", "text/plain/x", "text/plain; charset",
            "text/plain; charset=", "text/plain; =utf-8", "text/plain charset=utf-8", "text/plain, text/html",
            "text/plain; a=\"b", "text/plain; a=b c", "text/plain; a=1; A=2", "text/plain;; a=b", "a/b; c =d",
            "a/b; c= d",
            "té/x", "text/plain; a=\"\u{1}\"", "text/plain; a=\"b\u{0}\"", "text/plain; a=\"b\\\"",
        ])
    func refused(text: String) {
        #expect(MediaType(text) == nil)
    }

    @Test("a value that looks like another parameter is none")
    func equality() throws {
        let one = try #require(MediaType("a/b; c=\"d; e=f\""))
        let two = try #require(MediaType("a/b; c=d; e=f"))
        #expect(one != two && one == MediaType(one.description) && two == MediaType("A/B;C=d;e=\"f\""))
        #expect(MediaType("a/b; c=K") != MediaType("a/b; c=\"\u{212a}\""))
    }

    @Test("what is JSON")
    func json() throws {
        #expect(MediaType("application/json; charset=utf-8")?.isJSON == true)
        #expect(MediaType("application/problem+JSON")?.isJSON == true)
        #expect(MediaType("application/jsonx")?.isJSON == false)
        #expect(MediaType("text/plain")?.isJSON == false)
    }

    @Test("parameters are found by name")
    func parameters() throws {
        let type = try #require(MediaType("multipart/form-data; Boundary=\"a b\"; x=y"))
        #expect(type.parameter("boundary") == "a b" && type.parameter("x") == "y" && type.parameter("z") == nil)
    }
}
