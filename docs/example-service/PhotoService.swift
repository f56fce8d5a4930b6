import Configuration
import Engines
import HTTP
import Images
import Jobs
import Objects
import Postgres
import Service

/// A small service that does what the real ones do: a photo is uploaded by presigned URL, a job makes a thumbnail, who
/// asked follows the job, fetches the thumbnail, and may be called back. See `docs/writing-a-service.md`.
public struct PhotoService: ServiceProgram {
    public static let name = "photos"
    public static let about = "makes thumbnails of photos"
    public static func common(_ configuration: PhotoSettings) -> CommonSettings { configuration.common }

    let database: Database
    let store: any ObjectStore
    let folder: ObjectFolder
    let queue: JobQueue
    let identity: InternalIdentity
    let callbacks: CallbackSettings
    private let artifacts: ObjectArtifacts
    let runner: JobRunner

    public init(_ configuration: PhotoSettings, _ context: ServiceContext) async throws {
        database = try await context.openDatabase(
            configuration.database, migrations: [JobSchema.migrations, PhotoSchema.migrations])
        store = try configuration.objects.open(blocking: context.blocking)
        folder = ObjectFolder(configuration.objects.bucket)
        artifacts = ObjectArtifacts(store, in: folder)
        identity = InternalIdentity(configuration.identity, service: Self.name, context)
        callbacks = configuration.running.callbacks
        queue = JobQueue(
            database, loops: context.loops, settings: configuration.jobs, logger: context.logger,
            metrics: context.metrics)
        let engine = try await Engine.open(
            configuration.engines, loops: context.loops, blocking: context.blocking, logger: context.logger)
        let thumbnailer = Thumbnailer(
            store: store, artifacts: artifacts, folder: folder, engine: engine, limits: configuration.images)
        runner = JobRunner(
            queue, name: Self.name, settings: configuration.running,
            handlers: [JobHandler(Thumbnailer.kind) { try await thumbnailer.make($1, $0) }],
            signer: try configuration.callbackSigner(), removal: artifacts.removal)
        runner.start()
    }

    public var readinessChecks: [ReadinessCheck] { [.database(database), identity.readinessCheck] }

    public func declare(_ routes: inout Routes) {
        declarePhotos(&routes)
        let identity = identity
        routes.group("/photos") { routes in
            routes.declare(JobRoutes(queue, artifacts: artifacts) { try await identity.jobCaller(of: $0) })
        }
        routes.declare(store)
        routes.declareDocument(title: "Photos", version: Product.version)
    }

    public func beginDraining() { runner.drain() }

    public func stop() async {
        await runner.stop()
        identity.stop()
        store.shutDown()
        database.close()
    }
}
