import JSON

/// Compares a parsed body with a schema and names every difference. Runs only after decoding has failed: decoding stops
/// at the first wrong field, and a client wants to know all of them.
struct SchemaCheck {
    private static let maximumErrors = 50
    private(set) var errors: [FieldError] = []

    mutating func check(_ value: JSONValue, _ schema: Schema, at path: String) {
        guard errors.count < Self.maximumErrors else { return }
        switch (schema, value.kind) {
        case (.any, _), (.reference, _), (.optional, .null): break
        case (.optional(let inner), _): check(value, inner, at: path)
        case (.boolean, .boolean), (.string, .string): break
        case (.number, .number): break
        case (.integer(let minimum, let maximum), .number):
            guard let number = value.int else { return fail(path, "must be a whole number") }
            if let minimum, number < minimum { fail(path, "must be at least \(minimum)") }
            if let maximum, number > maximum { fail(path, "must be at most \(maximum)") }
        case (.choice(let choices), .string):
            if let text = value.string, !choices.contains(text) {
                fail(path, "must be one of \(choices.joined(separator: ", "))")
            }
        case (.array(let element), .array):
            for (index, item) in (value.array ?? []).enumerated() { check(item, element, at: "\(path)[\(index)]") }
        case (.map(let inner), .object):
            for member in value.object?.members ?? [] { check(member.value, inner, at: "\(path).\(member.name)") }
        case (.object(let object), .object): check(value, object, at: path)
        default: fail(path, "must be \(schema.noun), is \(value.kind.noun)")
        }
    }

    private mutating func check(_ value: JSONValue, _ object: ObjectSchema, at path: String) {
        for property in object.properties {
            if let member = value[property.name] {
                check(member, property.schema, at: "\(path).\(property.name)")
            } else if property.isRequired {
                fail("\(path).\(property.name)", "missing field '\(property.name)'")
            }
        }
    }

    private mutating func fail(_ path: String, _ message: String) {
        errors.append(FieldError(field: path, message: message))
    }
}

extension Schema {
    fileprivate var noun: String {
        switch self {
        case .any, .reference: "anything"
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a string"
        case .choice(let choices): "one of \(choices.joined(separator: ", "))"
        case .array: "an array"
        case .map, .object: "an object"
        case .optional(let inner): inner.noun
        }
    }
}
