import Testing

@testable import HTTP

@Suite("The table of characters")
struct CharacterClassTests {
    private static let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    private static let digits = Set("0123456789".utf8)
    private static let unreserved = letters.union(digits).union("-._~".utf8)
    private static let subDelimiters = Set("!$&'()*+,;=".utf8)

    @Test("tokens are those of RFC 9110, 5.6.2")
    func tokens() {
        expect(CharacterClass.isToken, Self.letters.union(Self.digits).union("!#$%&'*+-.^_`|~".utf8))
    }

    @Test("a path is pchar, the percent sign and the slash of RFC 3986, 3.3")
    func paths() {
        expect(CharacterClass.isPath, Self.unreserved.union(Self.subDelimiters).union(":@%/".utf8))
    }

    @Test("a query is that of RFC 3986, 3.4, and what browsers leave raw")
    func queries() {
        expect(
            CharacterClass.isQuery,
            Self.unreserved.union(Self.subDelimiters).union(":@%/?".utf8).union("[]\\^`{|}".utf8))
    }

    @Test("a host is what names, addresses and ports are made of")
    func hosts() {
        expect(CharacterClass.isHost, Self.unreserved.union(":[]".utf8))
    }

    @Test("a field's value has visible characters, spaces, tabs and bytes beyond ASCII: RFC 9110, 5.5")
    func fieldValues() {
        expect(CharacterClass.isFieldValue, Set(0x20...0x7e).union(0x80...0xff).union([0x09]))
    }

    @Test("only capitals of ASCII are lowered")
    func lowered() {
        for byte in UInt8.min...UInt8.max {
            let expected = (0x41...0x5a).contains(byte) ? byte + 32 : byte
            #expect(CharacterClass.lowercased(byte) == expected)
        }
    }

    @Test("hexadecimal digits, and nothing else, have a value")
    func hexadecimal() {
        for byte in UInt8.min...UInt8.max {
            let isDigit = Self.digits.union("abcdefABCDEF".utf8).contains(byte)
            #expect(
                CharacterClass.hexValue(byte) == (isDigit ? UInt8(String(UnicodeScalar(byte)), radix: 16) : nil))
        }
    }

    private func expect(_ isMember: (UInt8) -> Bool, _ expected: Set<UInt8>) {
        #expect(Set((UInt8.min...UInt8.max).filter(isMember)) == expected)
    }

    @Test("Each byte, at each place of a value that is looked at in words, is judged as it is alone")
    func values() {
        for length in [1, 7, 8, 9, 16, 21] {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var value = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    value[place] = byte
                    let line = Array("x: b".utf8) + value + Array("c".utf8)
                    let isTaken = line.withUnsafeBytes {
                        (try? Headers.Field(parsing: $0, from: 0, to: line.count)) != nil
                    }
                    #expect(isTaken == CharacterClass.isFieldValue(byte), "\(byte) at \(place) of \(length)")
                }
            }
        }
    }
}
