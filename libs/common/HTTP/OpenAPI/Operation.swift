import JSON

/// What one route is, for the OpenAPI document. What can be derived (path, method, parameters, bodies) is filled in by
/// the declaration of the endpoint; the rest is said here.
public struct Operation: Sendable {
    public struct Answer: Sendable {
        public var status: Status
        public var body: BodySchema?
        public var contentType = "application/json"
        public var meaning: String?
    }

    public struct Parameter: Sendable {
        public var name: String
        public var isInPath: Bool
        public var property: ObjectSchema.Property
    }

    public var summary: String
    public var details: String?
    public var tag: String?
    /// Whether a request needs a token.
    public var needsToken: Bool
    public internal(set) var method = Method.get
    public internal(set) var path = ""
    var parameters: [Parameter] = []
    var requestBody: BodySchema?
    var answer = Answer(status: .ok)
    /// Errors beyond those that every endpoint may answer.
    public var failures: [Status]

    public init(
        _ summary: String, details: String? = nil, tag: String? = nil, needsToken: Bool = false, failures: [Status] = []
    ) {
        self.summary = summary
        self.details = details
        self.tag = tag
        self.needsToken = needsToken
        self.failures = failures
    }

    /// For a route that answers something other than JSON.
    public func answering(_ status: Status = .ok, contentType: String, _ meaning: String? = nil) -> Operation {
        var operation = self
        operation.answer = Answer(status: status, body: nil, contentType: contentType, meaning: meaning)
        return operation
    }
}

/// A body's schema with the notes of its type's rules.
public struct BodySchema: Sendable {
    public let schema: Schema

    static func of<Value: Decodable>(_ type: Value.Type) -> BodySchema {
        BodySchema(schema: SchemaProbe.schema(of: type))
    }
}

extension Schema {
    /// Puts the notes of rules on the properties that they are about.
    mutating func annotate(_ notes: [(field: String, note: FieldNote)]) {
        guard case .object(var object) = self else { return }
        for (field, note) in notes {
            guard let index = object.properties.firstIndex(where: { $0.name == field }) else { continue }
            object.properties[index].note.merge(note)
        }
        self = .object(object)
    }
}

extension FieldNote {
    mutating func merge(_ other: FieldNote) {
        meaning = other.meaning ?? meaning
        example = other.example ?? example
        minimum = other.minimum ?? minimum
        maximum = other.maximum ?? maximum
        minimumLength = other.minimumLength ?? minimumLength
        maximumLength = other.maximumLength ?? maximumLength
        minimumItems = other.minimumItems ?? minimumItems
        maximumItems = other.maximumItems ?? maximumItems
        pattern = other.pattern ?? pattern
        choices = other.choices ?? choices
    }
}

enum ParameterSchema {
    static func of<Parameters: Decodable>(_ type: Parameters.Type, pattern: PathPattern) -> [Operation.Parameter] {
        guard case .object(let object) = SchemaProbe.schema(of: type) else { return undeclared(pattern, besides: []) }
        let declared = object.properties.map { property in
            let isInPath = pattern.parameterNames.contains(property.name)
            var property = property
            if isInPath { property.isRequired = true }
            return Operation.Parameter(name: property.name, isInPath: isInPath, property: property)
        }
        return declared + undeclared(pattern, besides: declared.map(\.name))
    }

    /// Path parameters that the type does not read are still part of the path.
    static func undeclared(_ pattern: PathPattern, besides known: [String]) -> [Operation.Parameter] {
        pattern.parameterNames.filter { !known.contains($0) }.map { name in
            Operation.Parameter(
                name: name, isInPath: true,
                property: .init(name: name, schema: .string(format: nil), isRequired: true))
        }
    }
}
