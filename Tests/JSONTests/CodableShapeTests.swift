import JSON
import Testing

private enum Shape: Codable, Equatable {
    case circle(radius: Double)
    case named(String, Int)
    case none
}

private enum Level: Int, Codable { case low = 1, high = 10 }

private struct Everything: Codable, Equatable {
    var bool = true
    var int8 = Int8.min
    var uint64 = UInt64.max
    var float: Float = 0.1
    var double = 1e-7
    var string = "é\n"
    var optional: Int?
    var present: Int? = 3
    var absentList: [String]?
    var list = [1, 2, 3]
    var doubles = [0.5, -1e300]
    var matrix: [[Float]] = [[1, 2], []]
    var optionals: [Int?] = [1, nil, 3]
    var byName = ["a": [1], "b": []]
    var byNumber = [7: "seven"]
    var pairs: [Level: Bool] = [.low: true]
    var set: Set<String> = ["only"]
    var shapes: [Shape] = [.circle(radius: 1.5), .named("x", 2), .none]
    var level = Level.high
    var bytes: [UInt8] = [0, 255]
    var empty = Empty()
    var range = 1..<5
    var nested: [String: [String: Empty]] = ["a": ["b": Empty()]]

    struct Empty: Codable, Equatable {}
}

@Suite("Shapes that Codable types take")
struct CodableShapeTests {
    @Test("Whatever the compiler synthesises is written and read back")
    func everything() throws {
        let text = try written(Everything())
        #expect(try read(text) == Everything())
        #expect(try read(written([Everything(), Everything()])) == [Everything(), Everything()])
    }

    @Test("The members of a type may come in any order, with others between")
    func anyOrder() throws {
        struct Point: Codable, Equatable {
            var x: Int
            var y: Int
            var z: Int?
        }
        let point = Point(x: 1, y: 2, z: 3)
        for text in [
            #"{"x":1,"y":2,"z":3}"#, #"{"z":3,"y":2,"x":1}"#, #"{"q":[{"x":9}],"y":2,"w":{"y":8},"z":3,"":0,"x":1}"#,
        ] {
            #expect(try read(text) == point)
        }
    }

    @Test("Anything can be the outermost value")
    func outermost() throws {
        #expect(try written("x") == #""x""#)
        #expect(try written(Int?.none) == "null")
        #expect(try read("null", as: Int?.self) == nil)
        #expect(try read("5", as: Int?.self) == 5)
        #expect(try written([Int]()) == "[]")
        #expect(try written([String: Int]()) == "{}")
        #expect(try written(Everything.Empty()) == "{}")
        #expect(try written(Level.low) == "1")
        #expect(try read("10", as: Level.self) == .high)
        #expect(try written([Double?]([1, nil])) == "[1.0,null]")
    }

    @Test("Absent and null are both nil to an optional, and neither is a value")
    func optionals() throws {
        struct Note: Codable, Equatable { var text: String? }
        #expect(try read("{}", as: Note.self) == Note())
        #expect(try read(#"{"text":null}"#, as: Note.self) == Note())
        #expect(try written(Note()) == "{}")
        #expect(failure(reading: #"{"text":1}"#, as: Note.self)?.kind == .wrongType)
    }

    @Test("Subclasses put their parent under super")
    func inheritance() throws {
        class Animal: Codable {
            var name = "a"
        }
        final class Dog: Animal {
            var age = 3
            enum CodingKeys: CodingKey { case age }
            override init() { super.init() }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                age = try container.decode(Int.self, forKey: .age)
                try super.init(from: container.superDecoder())
            }
            override func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try super.encode(to: container.superEncoder())
                try container.encode(age, forKey: .age)
            }
        }
        let dog = Dog()
        dog.name = "rex"
        #expect(try written(dog) == #"{"super":{"name":"rex"},"age":3}"#)
        #expect(try read(written(dog), as: Dog.self).name == "rex")
    }

    @Test("Containers may be nested by hand and filled in any order")
    func nestedByHand() throws {
        struct ByHand: Encodable {
            enum Key: String, CodingKey { case a, b, c, d }
            func encode(to encoder: any Encoder) throws {
                var root = encoder.container(keyedBy: Key.self)
                var a = root.nestedContainer(keyedBy: Key.self, forKey: .a)
                var b = root.nestedUnkeyedContainer(forKey: .b)
                try root.encode(1, forKey: .c)
                try b.encode("first")
                var inner = b.nestedContainer(keyedBy: Key.self)
                try a.encode([1, 2], forKey: .b)
                try b.encodeNil()
                try inner.encode(["x": 1], forKey: .d)
                try 2.encode(to: root.superEncoder(forKey: .d))
                var again = encoder.container(keyedBy: Key.self)
                try again.encode(true, forKey: .a)
                #expect(b.count == 3)
            }
        }
        #expect(
            try written([ByHand()])
                == #"[{"a":{"b":[1,2]},"b":["first",{"d":{"x":1}},null],"c":1,"d":2,"a":true}]"#)
    }

    @Test("A document is taken apart by hand")
    func takenApartByHand() throws {
        struct ByHand: Decodable {
            enum Key: String, CodingKey { case a, b, missing }
            init(from decoder: any Decoder) throws {
                let root = try decoder.container(keyedBy: Key.self)
                #expect(Set(root.allKeys) == [.a, .b])
                #expect(root.contains(.a) && !root.contains(.missing))
                #expect(try root.decodeNil(forKey: .b) == false)
                let inner = try root.nestedContainer(keyedBy: Key.self, forKey: .a)
                #expect(try inner.decode(Int.self, forKey: .b) == 1)
                #expect(inner.codingPath.map(\.stringValue) == ["a"])
                var list = try root.nestedUnkeyedContainer(forKey: .b)
                #expect(list.count == 5)
                #expect(try list.decode(Int.self) == 1)
                #expect(throws: (any Error).self) { try list.decode(Int.self) }
                #expect(list.currentIndex == 1)
                #expect(try list.decode(String.self) == "x")
                #expect(try list.decodeNil())
                var nested = try list.nestedUnkeyedContainer()
                #expect(nested.codingPath.map(\.intValue) == [nil, 3])
                #expect(nested.isAtEnd)
                #expect(throws: (any Error).self) { try nested.decode(Int.self) }
                let last = try list.superDecoder()
                #expect(try last.container(keyedBy: Key.self).allKeys.isEmpty)
                #expect(list.isAtEnd)
            }
        }
        _ = try read(#"{"a":{"b":1},"unknown":0,"b":[1,"x",null,[],{}]}"#, as: ByHand.self)
    }

    @Test("Types find what the caller left in userInfo")
    func userInfo() throws {
        struct Scaled: Codable, Equatable {
            static let factor = CodingUserInfoKey(rawValue: "factor")!
            var value: Int
            init(value: Int) { self.value = value }
            init(from decoder: any Decoder) throws {
                let factor = decoder.userInfo[Scaled.factor] as? Int ?? 1
                value = try decoder.singleValueContainer().decode(Int.self) * factor
            }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(value * (encoder.userInfo[Scaled.factor] as? Int ?? 1))
            }
        }
        var reader = JSONReader()
        reader.userInfo[Scaled.factor] = 10
        #expect(try reader.decode([Scaled].self, from: "[1,2]".utf8) == [Scaled(value: 10), Scaled(value: 20)])
        var writer = JSONWriter()
        writer.userInfo[Scaled.factor] = 10
        #expect(try String(decoding: writer.encode([Scaled(value: 3)]), as: UTF8.self) == "[30]")
    }

    @Test("A container used out of turn is an error, never bad JSON")
    func outOfTurn() {
        struct Misuse: Encodable {
            let encode: @Sendable (any Encoder) throws -> Void
            func encode(to encoder: any Encoder) throws { try encode(encoder) }
        }
        let twice = Misuse { encoder in
            var container = encoder.singleValueContainer()
            try container.encode(1)
            try container.encode(2)
        }
        let mixed = Misuse { encoder in
            _ = encoder.container(keyedBy: Everything.Key.self)
            _ = encoder.unkeyedContainer()
        }
        #expect(throws: JSONError.self) { try written(twice) }
        #expect(throws: JSONError.self) { try written([mixed]) }
    }

    @Test("Bytes come in any collection, and go to the end of what is there")
    func bytes() throws {
        #expect(try JSONReader().decode([Int].self, from: Array("xx[1]".utf8)[2...]) == [1])
        #expect(try JSONReader().decode([Int].self, from: Array("[1]".utf8).lazy.map { $0 }) == [1])
        #expect(try Array("[1]".utf8).withUnsafeBytes { try JSONReader().decode([Int].self, from: $0) } == [1])
        var bytes = Array("data: ".utf8)
        try JSONWriter().encode([1, 2], into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "data: [1,2]")
    }
}

extension Everything {
    fileprivate enum Key: CodingKey {}
}
