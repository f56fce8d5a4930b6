import JSON
import Loop

extension Routes {
    /// Serves the OpenAPI document of all routes, also of those that are declared after this call.
    public mutating func declareDocument(title: String, version: String) {
        let document = DeferredDocument(OpenAPIDocument(title: title, version: version))
        documents.append(document)
        on(.get, "/openapi.json") { _ in .json(bytes: document.bytes) }
    }
}

/// A document that is written when all routes are known.
final class DeferredDocument: Sendable {
    private let document: OpenAPIDocument
    private let written = Locked<[UInt8]>([])

    init(_ document: OpenAPIDocument) {
        self.document = document
    }

    var bytes: [UInt8] { written.withLock { $0 } }

    func write(_ operations: [Operation]) {
        let bytes = (try? JSONWriter().encode(document.json(operations))) ?? []
        written.withLock { $0 = bytes }
    }
}
