import Testing

@testable import HTTP

@Suite("Query parameters")
struct QueryParametersTests {
    @Test(
        "a query is split and decoded",
        arguments: [
            ("", []), ("a=1", [["a", "1"]]), ("a=1&b=2", [["a", "1"], ["b", "2"]]), ("a", [["a", ""]]),
            ("a=", [["a", ""]]),
            ("=1", [["", "1"]]), ("a=b=c", [["a", "b=c"]]), ("&&a=1&&", [["a", "1"]]),
            ("a=1&a=2", [["a", "1"], ["a", "2"]]),
            ("q=x+y%20z", [["q", "x y z"]]), ("a%3Db=%26", [["a=b", "&"]]), ("a+b=1", [["a b", "1"]]),
            ("a=%2", [["a", "%2"]]), ("a=%zz", [["a", "%zz"]]), ("a=%C3%A9", [["a", "é"]]),
            ("a=%ff", [["a", "\u{fffd}"]]),
            ("a=1;b=2", [["a", "1;b=2"]]),
        ] as [(String, [[String]])])
    func splitting(query: String, pairs: [[String]]) {
        #expect(QueryParameters(query).pairs.map { [$0.name, $0.value] } == pairs)
    }

    @Test("names that only look alike are different ones")
    func lookAlikes() {
        let query = QueryParameters("%E2%84%AA=kelvin&e%CC%81=two&x=%E2%84%AA")
        #expect(query["K"] == nil && query["\u{e9}"] == nil && query.values("\u{e9}") == [])
        #expect(query["\u{212a}"] == "kelvin" && query["e\u{301}"] == "two")
        #expect(query != QueryParameters("%E2%84%AA=kelvin&e%CC%81=two&x=K"))
    }

    @Test("the first value of a name, and all of them")
    func values() {
        let query = QueryParameters("a=1&b=2&a=3")
        #expect(query["a"] == "1" && query["c"] == nil && query["A"] == nil)
        #expect(query.values("a") == ["1", "3"] && query.values("c") == [])
        #expect(!query.isEmpty && QueryParameters("").isEmpty && QueryParameters("&").isEmpty)
    }
}
