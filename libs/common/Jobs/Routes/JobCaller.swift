import HTTP

/// Who asks, as the service's own check of identity says.
public struct JobCaller: Sendable, Equatable {
    public let id: String
    /// Sees and steers everybody's jobs.
    public let isAdmin: Bool

    public init(id: String, isAdmin: Bool = false) {
        self.id = id
        self.isAdmin = isAdmin
    }

    var scope: JobScope { isAdmin ? .everybody : .owner(id) }
}

/// Where the bytes of artifacts come from: an object store, a folder.
public protocol ArtifactSource: Sendable {
    /// The bytes of an artifact from an offset on, as a response's body.
    func read(_ artifact: JobArtifact, offset: Int, count: Int) async throws -> Response.Body
}
