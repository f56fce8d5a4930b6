/// Decodes path and query parameters into a type: numbers, Booleans, strings, enumerations, lists and optionals.
///
/// A list is a name given several times. A parameter that the type does not know is left alone.
struct ParameterDecoder: Decoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let request: Request
    private let query: QueryParameters

    /// Decodes, and names every parameter that is not as it should be.
    static func decode<Parameters: Decodable>(_ type: Parameters.Type, from request: Request) throws -> Parameters {
        let decoder = ParameterDecoder(request: request, query: request.query)
        do {
            return try Parameters(from: decoder)
        } catch let problem as ParameterProblem {
            throw ServiceError.validation([FieldError(field: problem.name, message: problem.message)])
        } catch DecodingError.dataCorrupted(let context) {
            let name = context.codingPath.last?.stringValue ?? "parameters"
            throw ServiceError.validation([FieldError(field: name, message: "has a value that is not allowed")])
        }
    }

    private init(request: Request, query: QueryParameters) {
        self.request = request
        self.query = query
    }

    fileprivate func values(_ name: String) -> [String] {
        if let value = request.parameter(name) { return [value] }
        return query.values(name)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw ParameterProblem.notAnObject }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw ParameterProblem.notAnObject }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ParameterDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { decoder.query.pairs.compactMap { Key(stringValue: $0.name) } }

        func contains(_ key: Key) -> Bool { !decoder.values(key.stringValue).isEmpty }

        func decodeNil(forKey key: Key) -> Bool { !contains(key) }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            let values = decoder.values(key.stringValue)
            let isList = type is any ParameterList.Type
            guard !values.isEmpty || isList else {
                throw ParameterProblem(name: key.stringValue, message: "missing parameter '\(key.stringValue)'")
            }
            guard values.count <= 1 || isList else {
                throw ParameterProblem(name: key.stringValue, message: "may be given once")
            }
            return try ParameterValue(name: key.stringValue, values: values).decode(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw ParameterProblem.notAnObject }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw ParameterProblem.notAnObject
        }

        func superDecoder() -> any Decoder { decoder }
        func superDecoder(forKey key: Key) -> any Decoder { decoder }
    }
}

struct ParameterProblem: Error {
    let name: String
    let message: String

    static let notAnObject = ParameterProblem(name: "parameters", message: "cannot be nested")
}

/// Types that take a parameter given several times.
protocol ParameterList {}
extension Array: ParameterList {}

/// The values of one parameter.
private struct ParameterValue: Decoder {
    let name: String
    let values: [String]
    var codingPath: [any CodingKey] { [ParameterKey(stringValue: name)] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private func fail(_ message: String) -> ParameterProblem { ParameterProblem(name: name, message: message) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let text = values.first ?? ""
        switch type {
        case is String.Type:
            guard !text.unicodeScalars.contains("\u{FFFD}") else { throw fail("is not UTF-8") }
            return try cast(text)
        case is Bool.Type:
            guard text == "true" || text == "false" else { throw fail("must be true or false") }
            return try cast(text == "true")
        case is Int.Type: return try cast(try number(text, Int.self))
        case is Int64.Type: return try cast(try number(text, Int64.self))
        case is Int32.Type: return try cast(try number(text, Int32.self))
        case is UInt32.Type: return try cast(try number(text, UInt32.self))
        case is UInt16.Type: return try cast(try number(text, UInt16.self))
        case is Double.Type:
            guard let value = Double(text), value.isFinite else { throw fail("must be a number") }
            return try cast(value)
        default:
            do {
                return try Value(from: self)
            } catch is DecodingError {
                throw fail(choices(type).map { "must be one of \($0)" } ?? "has a value that is not allowed")
            }
        }
    }

    private func choices<Value: Decodable>(_ type: Value.Type) -> String? {
        guard case .choice(let names) = SchemaProbe.schema(of: type) else { return nil }
        return names.joined(separator: ", ")
    }

    private func number<Number: FixedWidthInteger>(_ text: String, _ type: Number.Type) throws -> Number {
        // Swift would read "+1" as well; one spelling a value is enough.
        guard !text.hasPrefix("+"), let value = Number(text) else {
            throw fail("must be a whole number\(text.isEmpty ? "" : " that fits")")
        }
        return value
    }

    private func cast<Value, From>(_ value: From) throws -> Value {
        guard let value = value as? Value else { throw fail("has a value that is not allowed") }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw ParameterProblem.notAnObject
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { List(name: name, values: values) }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(value: self) }

    private struct Single: SingleValueDecodingContainer {
        let value: ParameterValue
        var codingPath: [any CodingKey] { value.codingPath }
        func decodeNil() -> Bool { value.values.isEmpty }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value.decode(type) }
    }

    private struct List: UnkeyedDecodingContainer {
        let name: String
        let values: [String]
        var codingPath: [any CodingKey] { [] }
        var count: Int? { values.count }
        var currentIndex = 0
        var isAtEnd: Bool { currentIndex >= values.count }

        init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }

        mutating func decodeNil() -> Bool { false }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            defer { currentIndex += 1 }
            return try ParameterValue(name: name, values: [values[currentIndex]]).decode(type)
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { throw ParameterProblem.notAnObject }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            throw ParameterProblem.notAnObject
        }

        mutating func superDecoder() throws -> any Decoder { throw ParameterProblem.notAnObject }
    }
}

private struct ParameterKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
