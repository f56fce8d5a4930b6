import JSON
import Testing

private struct Order: Codable {
    struct Item: Codable {
        var name: String
        var count: Int
        var price: Double?
    }

    enum State: String, Codable { case open, shipped }

    var id: UInt8
    var state: State
    var items: [Item]
    var tags: [String: Bool]
    var placed: Timestamp
}

@Suite("Errors say where and what")
struct ErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let change: (String, String)
        let kind: JSONError.Kind
        let path: String
        let message: String
        var testDescription: String { change.1 }
    }

    static let sound = """
        {"id":1,"state":"open","items":[{"name":"a","count":1},{"name":"b","count":2,"price":0.5}],\
        "tags":{"x y":true},"placed":"2025-10-23T04:26:30Z"}
        """

    @Test(
        "A document that does not fit its type is refused with path and expectation",
        arguments: [
            Case(
                change: (#""id":1"#, #""id":"1""#), kind: .wrongType, path: "$.id",
                message: #"expected an integer, found the string "1""#),
            Case(
                change: (#""id":1"#, #""id":300"#), kind: .outOfRange, path: "$.id",
                message: "expected an integer from 0 to 255, found 300"),
            Case(change: (#""id":1,"#, ""), kind: .missingField, path: "$", message: "missing field 'id'"),
            Case(
                change: (#""id":1"#, #""id":null"#), kind: .wrongType, path: "$.id",
                message: "expected an integer, found null"),
            Case(
                change: (#""open""#, #""lost""#), kind: .invalidValue, path: "$.state",
                message: "Cannot initialize State from invalid String value lost"),
            Case(
                change: (#","count":2"#, ""), kind: .missingField, path: "$.items[1]", message: "missing field 'count'"),
            Case(
                change: (#""count":2"#, #""count":2.0"#), kind: .wrongType, path: "$.items[1].count",
                message: "expected an integer, found 2.0"),
            Case(
                change: ("0.5", "true"), kind: .wrongType, path: "$.items[1].price",
                message: "expected a number, found a boolean"),
            Case(
                change: ("0.5", "1e999"), kind: .outOfRange, path: "$.items[1].price",
                message: "expected a number that fits a Double, found 1e999"),
            Case(
                change: (#"{"name":"a","count":1}"#, "[]"), kind: .wrongType, path: "$.items[0]",
                message: "expected an object, found an array"),
            Case(
                change: (#""x y":true"#, #""x y":"yes""#), kind: .wrongType, path: #"$.tags["x y"]"#,
                message: #"expected a boolean, found the string "yes""#),
            Case(
                change: (#"{"x y":true}"#, "[]"), kind: .wrongType, path: "$.tags",
                message: "expected an object, found an array"),
            Case(
                change: ("-10-", "-13-"), kind: .invalidValue, path: "$.placed",
                message:
                    #"expected a time such as "2025-10-23T04:26:30.477643Z", found the string "2025-13-23T04:26:30Z""#),
            Case(
                change: (#""b""#, "{}"), kind: .wrongType, path: "$.items[1].name",
                message: "expected a string, found an object"),
        ])
    func misfits(example: Case) {
        let text = ErrorTests.sound.replacing(example.change.0, with: example.change.1)
        let error = failure(reading: text, as: Order.self)
        #expect(error?.kind == example.kind)
        #expect(error?.path == example.path)
        #expect(error?.message == example.message)
    }

    @Test("Elements and members of plain lists and dictionaries are named too")
    func plainCollections() {
        #expect(failure(reading: #"{"a":[1,"2"]}"#, as: [String: [Int]].self)?.path == "$.a[1]")
        #expect(failure(reading: #"[["a"],[null]]"#, as: [[String]].self)?.path == "$[1][0]")
        #expect(failure(reading: #"{"a":1,"b":"2"}"#, as: [String: Int].self)?.path == "$.b")
        #expect(failure(reading: #"[{"a":1}]"#, as: [[String: String]].self)?.path == "$[0].a")
        #expect(failure(reading: "[1]", as: [String: Double].self)?.message == "expected an object, found an array")
        #expect(failure(reading: "{}", as: [Double].self)?.message == "expected an array, found an object")
    }

    @Test("The sound document is read")
    func soundDocument() {
        #expect(failure(reading: ErrorTests.sound, as: Order.self) == nil)
    }

    @Test(
        "A syntax error names the byte, what was expected and the way there",
        arguments: [
            (#"{"a":[1,{"b":tru}]}"#, 13, "$.a[1].b", "expected a value, found 't'"),
            (#"[1,2"#, 4, "$[2]", "expected ',' or ']', found the end of the text"),
            (#"{"a":1,}"#, 7, "$", "expected a member's name in quotes, found '}'"),
            (#"[[],{"x":{}},01]"#, 14, "$[2]", "a number must not begin with 0"),
            ("\u{FEFF}{}", 0, "$", "expected a value, found a byte order mark"),
            ("[\"a\u{1}\"]", 3, "$[0]", "a control character in a string must be escaped"),
            ("{} x", 3, "$", "expected the end of the document, found 'x'"),
            (#"{"k":"\q"}"#, 6, "$.k", #"an escape is one of \" \\ \/ \b \f \n \r \t \uXXXX"#),
        ])
    func syntax(text: String, offset: Int, path: String, message: String) {
        let error = failure(reading: text)
        #expect(error?.kind == .syntax)
        #expect(error?.offset == offset)
        #expect(error?.path == path)
        #expect(error?.message == message)
    }

    @Test("A duplicate is named, and so is the object that has it")
    func duplicates() {
        let error = failure(reading: #"{"a":[0,{"b":1,"c":{},"b":2}]}"#)
        #expect(error?.description == #"$.a[1]: the member "b" is there twice (at byte 22)"#)
    }

    @Test("What a type's own init(from:) throws keeps its place")
    func ownErrors() {
        struct Refusal: Error, CustomStringConvertible { let description = "not today" }
        struct Even: Decodable {
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                let value = try container.decode(Int.self)
                if value > 100 { throw Refusal() }
                if value % 2 != 0 {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(value) is odd")
                }
            }
        }
        let odd = failure(reading: #"{"a":[0,3]}"#, as: [String: [Even]].self)
        #expect(odd?.kind == .invalidValue)
        #expect(odd?.description == "$.a[1]: 3 is odd")
        let large = failure(reading: #"{"a":[0,102]}"#, as: [String: [Even]].self)
        #expect(large?.description == "$.a[1]: not today")
    }

    @Test("Errors of writing name their place too")
    func writing() {
        struct Sample: Encodable {
            var readings: [String: [Double]]
        }
        let error = #expect(throws: JSONError.self) { try written([Sample(readings: ["a\"b": [1, .nan]])]) }
        #expect(error?.kind == .invalidValue)
        #expect(error?.path == #"$[0].readings["a\"b"][1]"#)
    }

    @Test("An error of writing stands even if the type swallows it")
    func swallowed() {
        struct Careless: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode(1)
                try? container.encode(Double.nan)
            }
        }
        #expect(throws: JSONError.self) { try written(Careless()) }
        #expect(throws: JSONError.self) { try written([Careless()]) }
    }
}
