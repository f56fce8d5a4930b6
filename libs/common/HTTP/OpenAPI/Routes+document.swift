import JSON
import Loop

extension Routes {
    /// Serves the OpenAPI document of all routes, also of those that are declared after this call.
    public mutating func declareDocument(title: String, version: String) {
        let document = document(title: title, version: version)
        on(.get, "/openapi.json") { _ in .json(bytes: document.bytes) }
    }

    /// The document of all routes, for whoever serves it in a way of his own.
    public mutating func document(title: String, version: String) -> DeferredDocument {
        let document = DeferredDocument(OpenAPIDocument(title: title, version: version))
        documents.append(document)
        return document
    }
}

/// A document that is written when all routes are known.
public final class DeferredDocument: Sendable {
    private let document: OpenAPIDocument
    private let written = Locked<[UInt8]>([])

    init(_ document: OpenAPIDocument) {
        self.document = document
    }

    /// Empty until `build`.
    public var bytes: [UInt8] { written.withLock { $0 } }

    func write(_ operations: [Operation]) {
        let bytes = (try? JSONWriter().encode(document.json(operations))) ?? []
        written.withLock { $0 = bytes }
    }
}
