import Testing

@testable import HTTP

@Suite("Headers")
struct HeadersTests {
    @Test("names compare without regard to case, and values keep their order")
    func lookup() {
        let headers: Headers = ["Accept": "a", "x-y": "1", "ACCEPT": "b", "X-Y": ""]
        #expect(headers["accept"] == "a" && headers["X-y"] == "1" && headers["x"] == nil)
        #expect(headers.values("Accept") == ["a", "b"] && headers.values("z") == [])
        #expect(headers.contains("X-Y") && !headers.contains("X-YZ") && headers.count == 4)
    }

    @Test("only letters of ASCII are equal to their capitals")
    func otherCharacters() {
        #expect(Headers(dictionaryLiteral: ("a[b", "1"))["a{b"] == nil)
        #expect(Headers(dictionaryLiteral: ("a@b", "1"))["a`b"] == nil)
        #expect(Headers(dictionaryLiteral: ("k", "1"))["\u{212A}"] == nil)
    }

    @Test("setting a name replaces every field of it; nil removes them")
    func setting() {
        var headers: Headers = ["a": "1", "b": "2", "A": "3"]
        headers["a"] = "4"
        #expect(headers.values("a") == ["4"] && headers.count == 2)
        headers["a"] = nil
        #expect(!headers.contains("a") && headers["b"] == "2")
        headers.remove("none")
        #expect(headers.count == 1)
        headers.remove("B")
        #expect(headers.isEmpty)
    }

    @Test(
        "no value can break a message",
        arguments: [
            ("a\r\nSet-Cookie: x", "a  Set-Cookie: x"), ("a\nb", "a b"), ("a\0b", "a b"), ("\u{7f}", " "),
            ("a\tb", "a\tb"),
            ("é€", "é€"), ("", ""),
        ])
    func values(value: String, kept: String) {
        var headers = Headers()
        headers.append("x", value)
        #expect(headers["x"] == kept)
    }

    @Test("no name can break a message")
    func names() {
        var headers = Headers()
        headers.append("a: b\r\nc", "1")
        #expect(headers.description == "a--b--c: 1")
    }

    @Test("fields are told in order, as they were written")
    func order() {
        let headers: Headers = ["B": "1", "a": "2", "b": "3"]
        var told: [String] = []
        headers.forEach { told.append("\($0)=\($1)") }
        #expect(told == ["B=1", "a=2", "b=3"])
    }

    @Test("a lower-case name is found in one pass")
    func firstField() throws {
        let headers: Headers = ["A": "0", "Content-Type": "x", "content-type": "y"]
        let field = try #require(headers.firstField(of: "content-type"))
        #expect(headers.text(field.value) == "x")
        #expect(headers.firstField(of: "content-typ") == nil)
    }

    @Test("A block adds those fields alone that are not there yet, in whatever case they are written")
    func missing() {
        let block: Headers = ["x-a": "1", "x-bc": "2", "x-d": "3"]
        var empty = Headers()
        empty.append(missing: block)
        #expect(empty.description == "x-a: 1\nx-bc: 2\nx-d: 3")
        var some: Headers = ["X-BC": "own", "x-e": "4"]
        some.append(missing: block)
        #expect(some.description == "X-BC: own\nx-e: 4\nx-a: 1\nx-d: 3")
        some.append(missing: block)
        #expect(some.count == 4)
        var removed: Headers = ["x-a": "gone"]
        removed.remove("x-a")
        removed.append(missing: block)
        #expect(removed["x-a"] == "1")
    }
}
