import JSON

extension Routes {
    /// Declares an endpoint once: where it is, what it takes, what it answers. From this come routing, decoding,
    /// validation with every field's error at once, and the OpenAPI document.
    ///
    /// `parameters` is a type whose fields are the path's `{names}` and query parameters; `body` is JSON.
    public mutating func endpoint<
        Parameters: Decodable & Sendable, Body: Decodable & Sendable, Output: Codable & Sendable
    >(
        _ method: Method, _ path: String, _ operation: Operation, parameters: Parameters.Type, body: Body.Type,
        status: Status = .ok, bodyLimit: Int = 1 << 20,
        handler: @escaping @Sendable (Call<Parameters, Body>) async throws -> Output
    ) {
        var operation = operation
        operation.parameters = ParameterSchema.of(parameters, pattern: fullPath(path))
        operation.requestBody = body == Nothing.self ? nil : .of(body)
        operation.answer = Operation.Answer(status: status, body: Output.self == Nothing.self ? nil : .of(Output.self))
        let input = EndpointInput(parameters, body, bodyLimit: bodyLimit, schema: operation.requestBody)
        let hasHeaders = Output.self is any AnswerWithHeaders.Type
        on(method, path, operation) { request in
            let output = try await handler(try await input.decode(request))
            guard Output.self != Nothing.self else { return Response(status) }
            let headers = hasHeaders ? (output as? any AnswerWithHeaders)?.answerHeaders ?? Headers() : Headers()
            return Response(
                status, headers: headers, contentType: .json, body: .bytes(try JSONWriter().encode(output)))
        }
    }
}

extension Routes {
    /// An endpoint without a body.
    public mutating func endpoint<Parameters: Decodable & Sendable, Output: Codable & Sendable>(
        _ method: Method, _ path: String, _ operation: Operation, parameters: Parameters.Type, status: Status = .ok,
        handler: @escaping @Sendable (Call<Parameters, Nothing>) async throws -> Output
    ) {
        endpoint(
            method, path, operation, parameters: parameters, body: Nothing.self, status: status, handler: handler)
    }

    /// An endpoint without parameters.
    public mutating func endpoint<Body: Decodable & Sendable, Output: Codable & Sendable>(
        _ method: Method, _ path: String, _ operation: Operation, body: Body.Type, status: Status = .ok,
        bodyLimit: Int = 1 << 20, handler: @escaping @Sendable (Call<Nothing, Body>) async throws -> Output
    ) {
        endpoint(
            method, path, operation, parameters: Nothing.self, body: body, status: status, bodyLimit: bodyLimit,
            handler: handler)
    }

    /// An endpoint that takes nothing.
    public mutating func endpoint<Output: Codable & Sendable>(
        _ method: Method, _ path: String, _ operation: Operation, status: Status = .ok,
        handler: @escaping @Sendable (Call<Nothing, Nothing>) async throws -> Output
    ) {
        endpoint(
            method, path, operation, parameters: Nothing.self, body: Nothing.self, status: status, handler: handler)
    }
}

/// Turns a request into a call.
struct EndpointInput<Parameters: Decodable & Sendable, Body: Decodable & Sendable>: Sendable {
    private let bodyLimit: Int
    private let schema: BodySchema?
    private let hasParameters: Bool

    init(_ parameters: Parameters.Type, _ body: Body.Type, bodyLimit: Int, schema: BodySchema?) {
        self.bodyLimit = bodyLimit
        self.schema = schema
        hasParameters = parameters != Nothing.self
    }

    func decode(_ request: Request) async throws -> Call<Parameters, Body> {
        let parameters: Parameters
        if hasParameters {
            parameters = try ParameterDecoder.decode(Parameters.self, from: request)
            try Validation.check(parameters, root: "")
        } else if let nothing = Nothing() as? Parameters {
            parameters = nothing
        } else {
            throw ServiceError(.internalServerError, "internal_error", "something went wrong on our side")
        }
        return Call(request: request, parameters: parameters, body: try await decodeBody(request))
    }

    private func decodeBody(_ request: Request) async throws -> Body {
        guard let schema else {
            if let nothing = Nothing() as? Body { return nothing }
            throw ServiceError(.internalServerError, "internal_error", "something went wrong on our side")
        }
        guard request.hasJSONContent else {
            throw ServiceError(
                .unsupportedMediaType, "unsupported_media_type", "the body must be JSON: Content-Type: application/json"
            )
        }
        let bytes = try await request.body.collect(upTo: bodyLimit)
        if bytes.isEmpty, let empty = (Body.self as? any OptionalBody.Type)?.init() as? Body { return empty }
        let body: Body
        do throws(JSONError) {
            body = try JSONReader().decode(Body.self, from: bytes)
        } catch {
            throw Self.explain(error, bytes, schema)
        }
        try Validation.check(body, root: "$")
        return body
    }

    /// Every field that is wrong, where the schema can tell; else the one that decoding stopped at.
    private static func explain(_ error: JSONError, _ bytes: [UInt8], _ schema: BodySchema) -> ServiceError {
        guard !error.isAboutText, let value = try? JSONValue.parse(bytes) else {
            return ServiceError(.badRequest, "malformed_json", error.description)
        }
        var check = SchemaCheck()
        check.check(value, schema.schema, at: "$")
        guard check.errors.isEmpty else { return .validation(check.errors) }
        return .validation([FieldError(field: error.path, message: error.message)])
    }
}
