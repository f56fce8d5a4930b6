import JSON

/// Finds the schema of a `Decodable` type by letting it decode from a decoder that notes what it is asked for.
enum SchemaProbe {
    static func schema<Value: Decodable>(of type: Value.Type) -> Schema {
        var path: [ObjectIdentifier] = []
        return probe(type, &path).schema
    }

    /// The schema, and a value of the type where one could be made up.
    static func probe<Value: Decodable>(
        _ type: Value.Type, _ path: inout [ObjectIdentifier]
    ) -> (schema: Schema, value: Value?) {
        if let known = primitive(type) { return known }
        if let provider = type as? any SchemaProviding.Type { return provided(provider) }
        if let optional = type as? any OptionalType.Type {
            return (.optional(optional.wrappedSchema(&path)), optional.none())
        }
        if let choice = choice(type) { return choice }
        guard !path.contains(ObjectIdentifier(type)) else { return (.reference(name(of: type)), nil) }
        path.append(ObjectIdentifier(type))
        defer { path.removeLast() }
        let recorder = SchemaRecorder(name: name(of: type), path: path)
        let value = try? Value(from: recorder)
        var schema = recorder.schema
        schema.annotate(Validation.notes(type))
        return (schema, value)
    }

    static func name<Value>(of type: Value.Type) -> String {
        String(describing: type).filter { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    private static func primitive<Value>(_ type: Value.Type) -> (Schema, Value?)? {
        func integer<Number: FixedWidthInteger>(_: Number.Type) -> (Schema, Value?) {
            (.integer(minimum: Int(clamping: Number.min), maximum: Int(clamping: Number.max)), Number.zero as? Value)
        }
        switch type {
        case is String.Type: return (.string(format: nil), "" as? Value)
        case is Bool.Type: return (.boolean, false as? Value)
        case is Int.Type: return (.integer(minimum: nil, maximum: nil), 0 as? Value)
        case is Double.Type: return (.number, 0.0 as? Value)
        case is Float.Type: return (.number, Float(0) as? Value)
        case is Int8.Type: return integer(Int8.self)
        case is Int16.Type: return integer(Int16.self)
        case is Int32.Type: return integer(Int32.self)
        case is Int64.Type: return (.integer(minimum: nil, maximum: nil), Int64(0) as? Value)
        case is UInt.Type, is UInt64.Type: return (.integer(minimum: 0, maximum: nil), nil)
        case is UInt8.Type: return integer(UInt8.self)
        case is UInt16.Type: return integer(UInt16.self)
        case is UInt32.Type: return integer(UInt32.self)
        case is JSONValue.Type: return (.any, JSONValue.null as? Value)
        case is Timestamp.Type: return (.string(format: "date-time"), Timestamp(microseconds: 0) as? Value)
        case is UUID.Type: return (.string(format: "uuid"), UUID(high: 0, low: 0) as? Value)
        default: return nil
        }
    }

    private static func provided<Provider: SchemaProviding, Value>(_ type: Provider.Type) -> (Schema, Value?) {
        (type.schema, type.placeholder as? Value)
    }

    /// Enumerations with text for raw values show their cases.
    private static func choice<Value>(_ type: Value.Type) -> (Schema, Value?)? {
        guard let iterable = type as? any CaseIterable.Type else { return nil }
        func cases<Choice: CaseIterable>(_ type: Choice.Type) -> (Schema, Value?)? {
            let names = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
            guard !names.isEmpty, let first = type.allCases.first else { return nil }
            return (.choice(names), first as? Value)
        }
        return cases(iterable)
    }
}

/// What `Optional` is, seen from outside.
protocol OptionalType {
    static func wrappedSchema(_ path: inout [ObjectIdentifier]) -> Schema
    static func none<Value>() -> Value?
}

extension Optional: OptionalType where Wrapped: Decodable {
    static func wrappedSchema(_ path: inout [ObjectIdentifier]) -> Schema {
        SchemaProbe.probe(Wrapped.self, &path).schema
    }

    static func none<Value>() -> Value? { Optional<Wrapped>.none as? Value }
}
