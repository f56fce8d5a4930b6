import JSON
import Testing

@Suite("Limits on what a document may demand")
struct LimitsTests {
    @Test("Depth counts arrays and objects alike, and the limit itself is allowed")
    func depth() {
        let limits = JSONReader.Limits(maximumDepth: 3)
        #expect(failure(reading: #"[{"a":[1]}]"#, limits: limits) == nil)
        #expect(failure(reading: #"[{"a":[[]]}]"#, limits: limits)?.kind == .tooDeep)
        #expect(failure(reading: "[[[[", limits: limits)?.kind == .tooDeep)
        #expect(failure(reading: "1", limits: JSONReader.Limits(maximumDepth: 0)) == nil)
        #expect(failure(reading: "[]", limits: JSONReader.Limits(maximumDepth: 0))?.kind == .tooDeep)
    }

    @Test("A hundred thousand open arrays are refused, whatever the limit asked for")
    func deepNesting() {
        let text = String(repeating: "[", count: 100_000)
        #expect(failure(reading: text)?.kind == .tooDeep)
        #expect(failure(reading: text, limits: JSONReader.Limits(maximumDepth: .max))?.kind == .tooDeep)
        #expect(failure(reading: String(repeating: #"{"a":"#, count: 100_000))?.kind == .tooDeep)
    }

    @Test("What is as deep as can be asked for is read and written again")
    func deepestNesting() throws {
        let text = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        let value = try JSONValue.parse(text, limits: JSONReader.Limits(maximumDepth: 512))
        #expect(try written(value) == text)
        #expect(throws: JSONError.self) { try written(JSONValue.array([value])) }
    }

    @Test("Size is checked before anything is read")
    func size() {
        let limits = JSONReader.Limits(maximumBytes: 4)
        #expect(failure(reading: "1234", limits: limits) == nil)
        #expect(failure(reading: "12345", limits: limits)?.kind == .tooLarge)
    }

    @Test(
        "An object that names a member twice is refused, also where nobody looks",
        arguments: [
            #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"x":{"a":1,"a":2}}"#, #"[{"ignored":[{"":0,"":0}]}]"#,
            #"{"a":1,"\u0061":2}"#, #"{"\u00e9":1,"é":2}"#, #"{"\/":1,"/":2}"#, #"{"\ud83d\ude00":1,"😀":2}"#,
            #"{"a":[{"b":1}],"c":{},"a":0}"#, #"{"a member with a long name":1,"a member with a long name":1}"#,
        ])
    func duplicateKeys(text: String) {
        struct Nothing: Decodable {}
        #expect(failure(reading: text)?.kind == .duplicateKey)
        #expect(failure(reading: "{\"unused\":\(text)}", as: Nothing.self)?.kind == .duplicateKey)
    }

    @Test("Names that differ in anything are not duplicates", arguments: [2, 3, 31, 32, 33, 64, 1000])
    func distinctKeys(count: Int) throws {
        let names =
            (0..<count).map { "a common beginning \($0) and a common end" } + ["", "a", "A", "a ", "é", "e\u{301}"]
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try JSONValue.parse(text).object?.count == names.count)
        for name in names {
            let doubled = text.dropLast() + ",\"\(name)\":0}"
            #expect(failure(reading: String(doubled))?.kind == .duplicateKey, "\(name)")
        }
    }

    @Test("A hundred thousand members are read in time that grows with their number, not its square")
    func manyMembers() throws {
        let names = (0..<100_000).map { "key\($0)" }
        let text = "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let clock = ContinuousClock()
        var sum = 0
        let duration = try clock.measure {
            sum = try read(text, as: [String: Int].self).values.reduce(0, +)
            #expect(try JSONValue.parse(text).object?.count == 100_000)
            #expect(failure(reading: text.dropLast() + #","key7":1}"#)?.kind == .duplicateKey)
        }
        #expect(sum == 100_000)
        #expect(duration < .seconds(20), "five thousand million comparisons would take longer")
    }

    @Test("Strings of a megabyte are read and written, escaped or not", arguments: ["x", "é", "\n", "😀", "\""])
    func longStrings(unit: String) throws {
        let string = String(repeating: unit, count: 1 << 20)
        #expect(try read(try written(string)) == string)
    }
}
