import JSON

extension JSONValue {
    enum Kind {
        case null, boolean, number, string, array, object

        var noun: String {
            switch self {
            case .null: "null"
            case .boolean: "true or false"
            case .number: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        }
    }

    var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// An object with the members in their order.
    static func members(_ members: [(String, JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }
}

extension JSONError {
    /// Whether the text itself is wrong, so that no schema can tell more.
    var isAboutText: Bool {
        switch kind {
        case .syntax, .duplicateKey, .tooDeep, .tooLarge: true
        default: false
        }
    }
}
