import JSON
import Testing

@Suite("What is JSON and what is not (RFC 8259)")
struct SyntaxTests {
    @Test(
        "Every form that the grammar allows is read",
        arguments: [
            "null", "true", "false", "0", "-0", "-1", "10", "0.0", "-0.5e-7", "1E+2", "1e00", #""""#, #""a""#, "[]",
            "{}",
            " \t\r\n[ \t\r\n1 , 2\n]\n ", #"{ "a" : 1 , "b" : [ ] }"#, #"[[[],{}],{"a":{}}]"#, #"{"":0}"#,
            #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001f\u007F\uFFFF""#, #""\ud83d\ude00""#, #""\uD834\uDD1E""#,
            "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\u{2028}\"", #"{"a":1,"A":2,"ａ":3}"#,
        ])
    func allowed(text: String) {
        #expect(failure(reading: text) == nil)
    }

    @Test(
        "Anything else is refused as a syntax error",
        arguments: [
            "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'", "a", "+1", "-", "--1",
            "01",
            "-01", "00", "1.", ".5", "1.e5", "1e", "1e+", "1.5e-", "0x10", "1_000", "1 2", "[", "]", "{", "}", "[1",
            "[1,",
            "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1}", "{]", "{1:2}", "{a:1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
            #"{,"a":1}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#, #"{"a":1]"#, #"{"a"::1}"#, "[]]", "{}{}", "1,", "/**/1",
            "1//x",
            "\"", #""\"#, #""\""#, #""\x""#, #""\u""#, #""\u12""#, #""\u123g""#, #""\U0041""#, "\"\n\"", "\"\t\"",
            "\"\u{0}\"", "\"\u{1F}\"", "[1]\u{0}", "\u{0}", "\u{A0}1", "\u{2028}1", "\u{FEFF}1", "\u{FEFF}{}", "1\u{C}",
        ])
    func refused(text: String) {
        #expect(failure(reading: text)?.kind == .syntax)
    }

    @Test(
        "A surrogate without its other half is refused",
        arguments: [
            #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#, #""\ud800\n""#, #""\udfff\ud800""#, #""\ud800\u0041""#,
            #""\ud83d \ude00""#, #""\ud83d\ude0""#, #"{"\ud800":1}"#,
        ])
    func loneSurrogates(text: String) {
        #expect(failure(reading: text)?.kind == .syntax)
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFE],
            [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(failure(reading: [0x22] + bytes + [0x22])?.kind == .syntax)
        #expect(failure(reading: [0x22] + Array("0123456789".utf8) + bytes + [0x22])?.kind == .syntax)
        #expect(failure(reading: [0x22] + bytes)?.kind == .syntax)
        #expect(failure(reading: bytes)?.kind == .syntax)
    }

    @Test(
        "Strings are what their escapes say",
        arguments: [
            (#""\u0041\u00e9\u20AC\ud83d\ude00""#, "Aé€😀"), (#""a\u0000b""#, "a\u{0}b"), (#""\\u0041""#, #"\u0041"#),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""0123456\n789\tabcdefgh""#, "0123456\n789\tabcdefgh"),
            (#""é\u0301ü""#, "é\u{301}ü"),
        ])
    func escapes(text: String, string: String) throws {
        #expect(try read(text) == string)
        #expect(try JSONValue.parse(text) == .string(string))
    }

    @Test("No prefix of a document is a document, and none crashes")
    func prefixes() {
        let document = Array(#"{"k\u00e9y":[-1.5e+10,true,null,"\ud83d\ude00é",{"x":[[],{}]}],"z":false}"#.utf8)
        #expect(failure(reading: document) == nil)
        for length in 0..<document.count {
            #expect(failure(reading: Array(document[..<length]))?.kind == .syntax, "prefix of \(length) bytes")
        }
    }

    @Test("One changed byte never crashes, and what is still read is written and read again alike")
    func mutations() throws {
        let document = Array(#"{"a":[1,2.5e3,"x\n\u00e9é"],"b":{"c":null,"d":[true,false]}}"#.utf8)
        for place in document.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = document
                changed[place] = byte
                guard let value = try? JSONValue.parse(changed) else { continue }
                #expect(try JSONValue.parse(value.serialise()) == value)
            }
        }
    }
}
