import JSON

extension Routes {
    /// Serves the OpenAPI document of all routes declared before this call.
    public mutating func declareDocument(title: String, version: String = "0.1.0") {
        let document = OpenAPIDocument(title: title, version: version).json(declaredOperations)
        let bytes = (try? JSONWriter().encode(document)) ?? []
        on(.get, "/openapi.json") { _ in .json(bytes: bytes) }
    }
}
