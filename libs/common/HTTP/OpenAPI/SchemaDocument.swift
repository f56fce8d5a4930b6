import JSON

/// Writes schemas as JSON Schema, and collects named object types once each under `components`.
struct SchemaDocument {
    private(set) var components: [(name: String, value: JSONValue)] = []

    mutating func json(_ schema: Schema, _ note: FieldNote = FieldNote()) -> JSONValue {
        var members = plain(schema)
        if let meaning = note.meaning { members.append(("description", .string(meaning))) }
        if let example = note.example { members.append(("examples", .array([example]))) }
        if let minimum = note.minimum { members.append(("minimum", number(minimum))) }
        if let maximum = note.maximum { members.append(("maximum", number(maximum))) }
        if let length = note.minimumLength { members.append(("minLength", .number(length))) }
        if let length = note.maximumLength { members.append(("maxLength", .number(length))) }
        if let items = note.minimumItems { members.append(("minItems", .number(items))) }
        if let items = note.maximumItems { members.append(("maxItems", .number(items))) }
        if let pattern = note.pattern { members.append(("pattern", .string(pattern))) }
        if let choices = note.choices { members.append(("enum", .array(choices.map { .string($0) }))) }
        var seen: Set<String> = []
        // A rule's bound replaces the type's own.
        let unique = members.reversed().filter { seen.insert($0.0).inserted }.reversed()
        return .members(Array(unique))
    }

    private func number(_ value: Double) -> JSONValue {
        Int(exactly: value).map { JSONValue.number($0) } ?? .number(value)
    }

    private mutating func plain(_ schema: Schema) -> [(String, JSONValue)] {
        switch schema {
        case .any: return []
        case .boolean: return [("type", .string("boolean"))]
        case .integer(let minimum, let maximum):
            var members: [(String, JSONValue)] = [("type", .string("integer"))]
            if let minimum { members.append(("minimum", .number(minimum))) }
            if let maximum { members.append(("maximum", .number(maximum))) }
            return members
        case .number: return [("type", .string("number"))]
        case .string(let format):
            return [("type", .string("string"))] + (format.map { [("format", .string($0))] } ?? [])
        case .choice(let choices):
            return [("type", .string("string")), ("enum", .array(choices.map { .string($0) }))]
        case .array(let element): return [("type", .string("array")), ("items", json(element))]
        case .map(let value): return [("type", .string("object")), ("additionalProperties", json(value))]
        case .reference(let name): return [("$ref", .string("#/components/schemas/\(name)"))]
        case .object(let object): return [("$ref", .string("#/components/schemas/\(component(object))"))]
        case .optional(let inner): return nullable(inner)
        }
    }

    private mutating func nullable(_ schema: Schema) -> [(String, JSONValue)] {
        let members = plain(schema.unwrapped)
        guard let type = members.firstIndex(where: { $0.0 == "type" }) else {
            return members.isEmpty
                ? [] : [("anyOf", .array([.members(members), .members([("type", .string("null"))])]))]
        }
        var changed = members
        changed[type].1 = .array([members[type].1, .string("null")])
        if let choices = changed.firstIndex(where: { $0.0 == "enum" }), let known = changed[choices].1.array {
            changed[choices].1 = .array(known + [.null])
        }
        return changed
    }

    private mutating func component(_ object: ObjectSchema) -> String {
        if components.contains(where: { $0.name == object.name }) { return object.name }
        let index = components.count
        components.append((object.name, .null))
        var properties: [(String, JSONValue)] = []
        for property in object.properties { properties.append((property.name, json(property.schema, property.note))) }
        let required = object.properties.filter(\.isRequired).map { JSONValue.string($0.name) }
        var members: [(String, JSONValue)] = [("type", .string("object")), ("properties", .members(properties))]
        if !required.isEmpty { members.append(("required", .array(required))) }
        components[index].value = .members(members)
        return object.name
    }
}
