import JSON

/// The shape of a value on the wire, as JSON Schema 2020-12 has it: what OpenAPI shows and what bodies are checked by.
public indirect enum Schema: Sendable {
    /// Anything.
    case any
    case boolean
    case integer(minimum: Int?, maximum: Int?)
    case number
    case string(format: String?)
    case choice([String])
    case array(Schema)
    case map(Schema)
    case object(ObjectSchema)
    case optional(Schema)
    /// A type that contains itself, by its name among the components.
    case reference(String)
}

/// An object's properties, and what its type says about itself.
public struct ObjectSchema: Sendable {
    public struct Property: Sendable {
        public var name: String
        public var schema: Schema
        public var isRequired: Bool
        public var note = FieldNote()
    }

    public var name: String
    public var properties: [Property]
}

/// What is known of a field beyond its type.
public struct FieldNote: Sendable {
    public var meaning: String?
    public var example: JSONValue?
    public var minimum: Double?
    public var maximum: Double?
    public var minimumLength: Int?
    public var maximumLength: Int?
    public var minimumItems: Int?
    public var maximumItems: Int?
    public var pattern: String?
    public var choices: [String]?

    public init(
        meaning: String? = nil, example: JSONValue? = nil, minimum: Double? = nil, maximum: Double? = nil,
        minimumLength: Int? = nil, maximumLength: Int? = nil, minimumItems: Int? = nil, maximumItems: Int? = nil,
        pattern: String? = nil, choices: [String]? = nil
    ) {
        self.meaning = meaning
        self.example = example
        self.minimum = minimum
        self.maximum = maximum
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
        self.minimumItems = minimumItems
        self.maximumItems = maximumItems
        self.pattern = pattern
        self.choices = choices
    }
}

/// A type that says itself what it looks like on the wire: for types whose `init(from:)` refuses made-up values.
public protocol SchemaProviding {
    static var schema: Schema { get }
    /// Any valid value; used only to find out the schema of types that contain this one.
    static var placeholder: Self { get }
}

extension Schema {
    var isOptional: Bool {
        if case .optional = self { return true }
        return false
    }

    var unwrapped: Schema {
        if case .optional(let inner) = self { return inner.unwrapped }
        return self
    }
}
