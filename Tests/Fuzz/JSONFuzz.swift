import JSON

/// Any bytes at all: nothing crashes; what is accepted is written and read again alike; the free-form reader and
/// Codable's containers see the same document.
func fuzzJSON(_ bytes: UnsafeRawBufferPointer) {
    let tree = try? JSONReader().decode(Tree.self, from: bytes)
    guard let value = try? JSONValue.parse(bytes) else {
        precondition(tree == nil, "Codable accepted what the free-form reader refused")
        return
    }
    guard let tree else { preconditionFailure("Codable refused what the free-form reader accepted") }
    precondition(tree.isSame(as: value), "Codable and the free-form reader saw different documents")

    do {
        let text = try value.serialise()
        let again = try JSONValue.parse(text)
        precondition(again == value && again.hashValue == value.hashValue, "what was written is read differently")
        let rewritten = try again.serialise()
        precondition(rewritten == text, "what was written is written differently")
        for layout in [(true, false), (false, true), (true, true)] {
            let laidOut = try JSONValue.parse(value.serialise(sortedKeys: layout.0, pretty: layout.1))
            precondition(laidOut == value, "a laid-out document is another")
        }
        let encoded = try JSONWriter().encode(tree)
        let decoded = try JSONReader().decode(Tree.self, from: encoded)
        precondition(decoded == tree, "Codable does not round trip")
    } catch {
        preconditionFailure("what was accepted cannot be written and read: \(error)")
    }
    if let string = value.string, let timestamp = Timestamp(string) {
        precondition(Timestamp(timestamp.description) == timestamp, "a time is not what it was written as")
    }
}

/// A document by way of Codable's containers alone.
private indirect enum Tree: Codable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    /// A number that neither type holds.
    case unreachable
    case string(String)
    case array([Tree])
    case object([Key: Tree])

    struct Key: CodingKey, Hashable {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        /// By bytes, as JSON compares names, and not by what looks the same.
        static func == (one: Key, other: Key) -> Bool { one.stringValue.utf8.elementsEqual(other.stringValue.utf8) }
        func hash(into hasher: inout Hasher) { for byte in stringValue.utf8 { hasher.combine(byte) } }
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Key.self) {
            var members: [Key: Tree] = [:]
            for key in container.allKeys { members[key] = try container.decode(Tree.self, forKey: key) }
            self = .object(members)
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [Tree] = []
            while !container.isAtEnd { elements.append(try container.decode(Tree.self)) }
            self = .array(elements)
        } else {
            self = try Tree(scalarFrom: decoder.singleValueContainer())
        }
    }

    private init(scalarFrom container: any SingleValueDecodingContainer) throws {
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else {
            self = .unreachable
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (key, value) in members { try container.encode(value, forKey: key) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .double(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            case .unreachable: try container.encode(JSONValue.number(JSONNumber(literal: "1e999")!))
            case .null, .array, .object: try container.encodeNil()
            }
        }
    }

    func isSame(as value: JSONValue) -> Bool {
        switch (self, value) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.integer(let one), .number(let other)): other.integer() == one
        case (.double(let one), .number(let other)): other.double?.bitPattern == one.bitPattern
        case (.unreachable, .number(let other)): other.double == nil
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { $0.isSame(as: $1) }
        case (.object(let one), .object(let other)):
            one.count == other.count
                && other.allSatisfy { one[Key(stringValue: $0.name)]?.isSame(as: $0.value) ?? false }
        default: false
        }
    }
}
