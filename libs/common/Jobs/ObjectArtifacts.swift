import HTTP
import JSON
import Objects

/// The artifacts of jobs in a folder of an object store: an artifact's location is its path from there.
///
///     let artifacts = ObjectArtifacts(store, in: ObjectFolder("s3://asr-results")!)
///     routes.declare(JobRoutes(queue, artifacts: artifacts) { request in … })
///     let upkeep = JobUpkeep(queue, removal: artifacts.removal)
public struct ObjectArtifacts: ArtifactSource {
    private let store: any ObjectStore
    private let folder: ObjectFolder

    public init(_ store: any ObjectStore, in folder: ObjectFolder) {
        self.store = store
        self.folder = folder
    }

    /// Where an attempt puts one of its outputs, with what the artifact then says: its path in the folder.
    public func output(_ name: String, of context: JobContext) -> (location: ObjectLocation, path: String)? {
        let path = context.outputPrefix + name
        return folder.location(path).map { ($0, path) }
    }

    public func read(_ artifact: JobArtifact, offset: Int, count: Int) async throws -> Response.Body {
        guard count > 0 else { return .empty }
        guard let location = folder.location(artifact.location) else { throw ObjectError.notFound }
        // Asked for before the answer begins, which then says so when it is not there.
        let object = try await store.get(location, range: ObjectRange(offset: offset, count: count))
        guard object.body.count == count else { throw ObjectError.malformedAnswer("the object has another size") }
        return .stream(length: count) { writer in
            for try await block in object.body { try await writer.write(block) }
        }
    }

    /// Removes the outputs of a job's attempts, those that nobody made known, too, and artifacts that lie elsewhere.
    public var removal: ArtifactRemoval {
        { job, artifacts in
            let outputs = JobContext.outputs(of: job)
            guard let all = KeyPrefix(folder.prefix.folder.description + outputs) else {
                throw ObjectError.invalidKey(outputs)
            }
            try await store.deleteAll(in: ObjectFolder(folder.bucket, all))
            for artifact in artifacts where !artifact.location.hasPrefix(outputs) {
                guard let location = folder.location(artifact.location) else { continue }
                try await store.delete(location)
            }
        }
    }
}
