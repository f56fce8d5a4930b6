import JSON

/// The OpenAPI 3.1 document of a router, from the declarations of its endpoints.
public struct OpenAPIDocument: Sendable {
    public let title: String
    public let version: String

    public init(title: String, version: String) {
        self.title = title
        self.version = version
    }

    public func json(_ operations: [Operation]) -> JSONValue {
        var schemas = SchemaDocument()
        let error = schemas.json(SchemaProbe.schema(of: ErrorShape.self).named("Error"))
        var paths: [(String, JSONValue)] = []
        for path in operations.map(\.path).uniqued() {
            let items = operations.filter { $0.path == path }.map { operation in
                (operation.method.rawValue.lowercased(), describe(operation, error, &schemas))
            }
            paths.append((path, .members(items)))
        }
        return .members([
            ("openapi", .string("3.1.0")),
            ("info", .members([("title", .string(title)), ("version", .string(version))])),
            ("paths", .members(paths)),
            ("components", .members(components(schemas, hasTokens: operations.contains(where: \.needsToken)))),
        ])
    }

    private func components(_ schemas: SchemaDocument, hasTokens: Bool) -> [(String, JSONValue)] {
        let schemas = ("schemas", JSONValue.members(schemas.components.map { ($0.name, $0.value) }))
        guard hasTokens else { return [schemas] }
        let bearer = JSONValue.members([
            ("type", .string("http")), ("scheme", .string("bearer")), ("bearerFormat", .string("JWT")),
        ])
        return [schemas, ("securitySchemes", .members([("bearer", bearer)]))]
    }

    private func describe(_ operation: Operation, _ error: JSONValue, _ schemas: inout SchemaDocument) -> JSONValue {
        var members: [(String, JSONValue)] = [("summary", .string(operation.summary))]
        members.append(("operationId", .string(Self.identifier(operation))))
        if let details = operation.details { members.append(("description", .string(details))) }
        if let tag = operation.tag { members.append(("tags", .array([.string(tag)]))) }
        if !operation.parameters.isEmpty {
            members.append(("parameters", .array(operation.parameters.map { describe($0, &schemas) })))
        }
        if let body = operation.requestBody {
            let content = json("application/json", schemas.json(body.schema))
            members.append(("requestBody", .members([("required", .bool(true)), ("content", content)])))
        }
        members.append(("responses", responses(operation, error, &schemas)))
        if operation.needsToken { members.append(("security", .array([.members([("bearer", .array([]))])]))) }
        return .members(members)
    }

    private func describe(_ parameter: Operation.Parameter, _ schemas: inout SchemaDocument) -> JSONValue {
        var note = parameter.property.note
        let meaning = note.meaning
        note.meaning = nil
        var members: [(String, JSONValue)] = [
            ("name", .string(parameter.name)), ("in", .string(parameter.isInPath ? "path" : "query")),
            ("required", .bool(parameter.property.isRequired)),
            ("schema", schemas.json(parameter.property.schema.unwrapped, note)),
        ]
        if let meaning { members.append(("description", .string(meaning))) }
        return .members(members)
    }

    private func responses(
        _ operation: Operation, _ error: JSONValue, _ schemas: inout SchemaDocument
    ) -> JSONValue {
        let answer = operation.answer
        var success: [(String, JSONValue)] = [("description", .string(answer.meaning ?? answer.status.phrase))]
        if let body = answer.body {
            success.append(("content", json(answer.contentType, schemas.json(body.schema))))
        } else if answer.contentType != "application/json" {
            success.append(("content", json(answer.contentType, .members([]))))
        }
        var responses: [(String, JSONValue)] = [(String(answer.status.code), .members(success))]
        for status in operation.failures {
            responses.append(
                (
                    String(status.code),
                    .members([
                        ("description", .string(status.phrase)), ("content", json("application/json", error)),
                    ])
                ))
        }
        responses.append(
            (
                "default",
                .members([("description", .string("An error")), ("content", json("application/json", error))])
            ))
        return .members(responses)
    }

    private func json(_ contentType: String, _ schema: JSONValue) -> JSONValue {
        .members([(contentType, .members([("schema", schema)]))])
    }

    /// `get_jobs_id_log`: stable, unique within the document, and fit for generated clients.
    private static func identifier(_ operation: Operation) -> String {
        let words = operation.path.split { !($0.isLetter || $0.isNumber) }
        return ([operation.method.rawValue.lowercased()] + words.map { $0.lowercased() }).joined(separator: "_")
    }
}

/// The error shape as a type whose schema can be derived.
private struct ErrorShape: Decodable {
    enum CodingKeys: String, CodingKey {
        case error, message, details, code
        case requestID = "request_id"
    }

    let error: String
    let message: String
    let details: JSONValue
    let code: String
    let requestID: String
}

extension Schema {
    fileprivate func named(_ name: String) -> Schema {
        guard case .object(var object) = self else { return self }
        object.name = name
        return .object(object)
    }
}

extension Array where Element: Hashable {
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
