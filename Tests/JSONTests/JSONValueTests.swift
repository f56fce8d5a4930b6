import Foundation
import JSON
import Testing

@Suite("Free-form values are kept as they came")
struct JSONValueTests {
    @Test(
        "Order of members and spelling of numbers survive",
        arguments: [
            #"{"z":1,"a":2,"m":{"y":0,"b":0}}"#, "[1.0,1,1e2,1E+2,-0,-0.0,0.10,123456789012345678901234567890,1e-400]",
            #"{"":{"":[]}}"#, #"["\"\\/\n\u0001é😀"]"#,
        ])
    func verbatim(text: String) throws {
        #expect(try written(JSONValue.parse(text)) == text)
        #expect(try written(read(text, as: JSONValue.self)) == text)
        #expect(try written(read("[\(text)]", as: [JSONValue].self)) == "[\(text)]")
        #expect(try written(read("{\"k\":\(text)}", as: [String: JSONValue].self)) == "{\"k\":\(text)}")
    }

    @Test("A value stands in a type like any other field")
    func inTypes() throws {
        struct Envelope: Codable, Equatable {
            var kind: String
            var payload: JSONValue
            var extra: JSONValue?
        }
        let text = #"{"kind":"a","payload":{"b":[1.50,null],"a":"x"}}"#
        let envelope = try read(text, as: Envelope.self)
        #expect(envelope.payload["b"]?[0]?.number?.literal == "1.50")
        #expect(envelope.extra == nil)
        #expect(try written(envelope) == text)
        #expect(try read(#"{"kind":"a","payload":null}"#, as: Envelope.self).payload == .null)
    }

    @Test("Members and elements are reached by name and place")
    func access() throws {
        let value = try JSONValue.parse(#"{"a":[1,"x",true,null,2.5,{"b":-7}],"c":18446744073709551615}"#)
        #expect(value["a"]?[0]?.int == 1)
        #expect(value["a"]?[0]?.double == 1)
        #expect(value["a"]?[1]?.string == "x")
        #expect(value["a"]?[2]?.bool == true)
        #expect(value["a"]?[3]?.isNull == true)
        #expect(value["a"]?[4]?.double == 2.5)
        #expect(value["a"]?[4]?.int == nil)
        #expect(value["a"]?[5]?["b"]?.int == -7)
        #expect(value["a"]?[6] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?.array?.count == 6)
        #expect(value["b"] == nil)
        #expect(value["c"]?.int == nil)
        #expect(value["c"]?.number?.integer(as: UInt64.self) == .max)
        #expect(value.object?.names == ["a", "c"])
        #expect(value[0] == nil)
        #expect(value["a"]?["b"] == nil)
    }

    @Test("Literals make values, and members can be set and removed")
    func building() throws {
        var value: JSONValue = ["name": "x", "list": [1, 2.5, true, nil], "nested": ["k": "\(1 + 1)"]]
        value["name"] = nil
        value["list"] = "changed"
        value["new"] = .number(7)
        #expect(try written(value) == #"{"list":"changed","nested":{"k":"2"},"new":7}"#)
    }

    @Test(
        "Numbers are equal if their decimal values are, and then hash alike",
        arguments: [
            ("1", "1.0"), ("1", "10e-1"), ("1", "0.1e1"), ("100", "1e2"), ("0", "-0"), ("0", "0.000e7"),
            ("-0.0", "0e-9"),
            ("123456789012345678901234567890", "1.2345678901234567890123456789e29"), ("1e-400", "0.1e-399"),
            ("1e2", "1E+02"),
        ])
    func equalNumbers(one: String, other: String) throws {
        let (one, other) = (try JSONValue.parse(one), try JSONValue.parse(other))
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
    }

    @Test(
        "Numbers that differ in any digit are different",
        arguments: [
            ("1", "-1"), ("1", "1.0000000000000000000001"), ("0.1", "0.1000000000000000055"), ("1e400", "1e401"),
            ("9007199254740993", "9007199254740992"), ("1e9999999999999999999", "2e9999999999999999999"),
            ("0", "1e-999"),
        ])
    func differentNumbers(one: String, other: String) throws {
        #expect(try JSONValue.parse(one) != JSONValue.parse(other))
    }

    @Test("Objects are equal whatever the order of their members; arrays are not")
    func equality() throws {
        let one = try JSONValue.parse(#"{"a":1,"b":{"x":[],"y":null}}"#)
        let other = try JSONValue.parse(#"{"b":{"y":null,"x":[]},"a":1.0}"#)
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != (try JSONValue.parse(#"{"a":1,"b":{"x":[],"y":false}}"#)))
        #expect(one != (try JSONValue.parse(#"{"a":1}"#)))
        #expect(try JSONValue.parse("[1,2]") != JSONValue.parse("[2,1]"))
    }

    @Test(
        "Only JSON's own spelling makes a number",
        arguments: ["", " 1", "1 ", "+1", "01", "1.", "NaN", "0x1", "1,2", "\"1\""])
    func numberLiterals(text: String) {
        #expect(JSONNumber(literal: text) == nil)
        #expect(JSONNumber(literal: "1.50")?.literal == "1.50")
        #expect(JSONNumber(Double.nan) == nil)
    }

    @Test("Keys are sorted and the text laid out when asked for")
    func layout() throws {
        let value = try JSONValue.parse(#"{"b":[1.0,{}],"a":{"d":[],"c":"x"},"é":0,"Z":null}"#)
        #expect(
            String(decoding: try value.serialise(sortedKeys: true), as: UTF8.self)
                == #"{"Z":null,"a":{"c":"x","d":[]},"b":[1.0,{}],"é":0}"#)
        #expect(
            String(decoding: try value.serialise(pretty: true), as: UTF8.self) == """
                {
                  "b": [
                    1.0,
                    {}
                  ],
                  "a": {
                    "d": [],
                    "c": "x"
                  },
                  "é": 0,
                  "Z": null
                }
                """)
    }

    @Test("Foundation's coders take a value too, as far as they can say it")
    func otherCoders() throws {
        let value = try JSONValue.parse(#"{"a":[1,-2,2.5,true,null,"x",18446744073709551615],"b":{}}"#)
        let encoded = try JSONEncoder().encode(value)
        #expect(try JSONValue.parse(encoded) == value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: encoded) == value)
    }
}
