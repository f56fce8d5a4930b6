import JSON

/// A decoder without data: it notes every key and type, and answers with made-up values.
final class SchemaRecorder: Decoder {
    struct NoValue: Error {}

    private enum Shape {
        case unknown
        case object([ObjectSchema.Property])
        case list(Schema)
        case map(Schema)
        case single(Schema)
    }

    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let name: String
    private var path: [ObjectIdentifier]
    private var shape = Shape.unknown

    init(name: String, path: [ObjectIdentifier]) {
        self.name = name
        self.path = path
    }

    var schema: Schema {
        switch shape {
        case .unknown: .any
        case .object(let properties): .object(ObjectSchema(name: name, properties: properties))
        case .list(let element): .array(element)
        case .map(let value): .map(value)
        case .single(let schema): schema
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        if case .unknown = shape { shape = .object([]) }
        return KeyedDecodingContainer(Keyed<Key>(recorder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { Unkeyed(recorder: self) }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(recorder: self) }

    private func note<Value: Decodable>(_ type: Value.Type, _ name: String, isRequired: Bool) throws -> Value {
        let (schema, value) = SchemaProbe.probe(type, &path)
        add(name, schema, isRequired: isRequired)
        guard let value else { throw NoValue() }
        return value
    }

    private func add(_ name: String, _ schema: Schema, isRequired: Bool) {
        guard case .object(var properties) = shape, !properties.contains(where: { $0.name == name }) else { return }
        properties.append(.init(name: name, schema: schema, isRequired: isRequired && !schema.isOptional))
        shape = .object(properties)
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let recorder: SchemaRecorder
        var codingPath: [any CodingKey] { [] }
        /// `Dictionary` asks for all keys first; one made-up key shows what its values are.
        var allKeys: [Key] { Key(stringValue: "key").map { [$0] } ?? [] }

        func contains(_ key: Key) -> Bool { true }

        func decodeNil(forKey key: Key) -> Bool { false }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try recorder.note(type, key.stringValue, isRequired: true)
        }

        /// A field with a value of its own accord when absent is not required.
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            var path = recorder.path
            recorder.add(key.stringValue, .optional(SchemaProbe.probe(type, &path).schema), isRequired: false)
            return nil
        }

        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try absent(type, key) }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try absent(type, key) }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try absent(type, key) }
        func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try absent(type, key) }

        private func absent<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
            var path = recorder.path
            recorder.add(key.stringValue, .optional(SchemaProbe.probe(type, &path).schema), isRequired: false)
            return nil
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedDecodingContainer<Nested> {
            recorder.add(key.stringValue, .any, isRequired: true)
            return SchemaRecorder(name: key.stringValue, path: recorder.path).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
            recorder.add(key.stringValue, .any, isRequired: true)
            return SchemaRecorder(name: key.stringValue, path: recorder.path).unkeyedContainer()
        }

        func superDecoder() -> any Decoder { recorder }
        func superDecoder(forKey key: Key) -> any Decoder { recorder }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let recorder: SchemaRecorder
        var codingPath: [any CodingKey] { [] }
        var count: Int? { 1 }
        private(set) var currentIndex = 0
        var isAtEnd: Bool { currentIndex > 0 }

        init(recorder: SchemaRecorder) {
            self.recorder = recorder
        }

        mutating func decodeNil() -> Bool { false }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            currentIndex += 1
            let (schema, value) = SchemaProbe.probe(type, &recorder.path)
            recorder.shape = .list(schema)
            guard let value else { throw NoValue() }
            return value
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) -> KeyedDecodingContainer<Nested> {
            currentIndex += 1
            recorder.shape = .list(.any)
            return SchemaRecorder(name: "item", path: recorder.path).container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
            currentIndex += 1
            recorder.shape = .list(.any)
            return SchemaRecorder(name: "item", path: recorder.path).unkeyedContainer()
        }

        mutating func superDecoder() -> any Decoder { recorder }
    }

    private struct Single: SingleValueDecodingContainer {
        let recorder: SchemaRecorder
        var codingPath: [any CodingKey] { [] }

        func decodeNil() -> Bool { false }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let (schema, value) = SchemaProbe.probe(type, &recorder.path)
            recorder.shape = .single(schema)
            guard let value else { throw NoValue() }
            return value
        }
    }
}
