import Configuration
import Engines
import Images
import Jobs
import Objects
import Postgres
import Service
import Tokens

/// Every module reads its own settings; the service adds what is its alone.
public struct PhotoSettings: Settings {
    let common: CommonSettings
    let database: DatabaseSettings
    let objects: ObjectStoreSettings
    let engines: EngineSettings
    let jobs: JobSettings
    let running: JobRunnerSettings
    let images: ImageLimits
    let identity: InternalIdentitySettings
    private let callbackSecrets: [WebhookSecret]

    public init(_ settings: inout SettingsReader) {
        common = CommonSettings(&settings, port: 8090, internalPort: 9090)
        database = DatabaseSettings(&settings, applicationName: PhotoService.name)
        objects = ObjectStoreSettings(&settings, bucket: "photos", host: common.host, port: common.port)
        engines = EngineSettings(&settings)
        jobs = JobSettings(&settings)
        running = JobRunnerSettings(&settings)
        images = ImageLimits(&settings)
        identity = InternalIdentitySettings(&settings)
        callbackSecrets = settings.value(
            "CALLBACK_SECRETS", .list(of: .webhookSecret), default: [], "what callbacks are signed with, the newest first",
            isSecret: true)
    }

    /// Nil without secrets: nobody is called back.
    func callbackSigner() throws -> CallbackSigner? {
        WebhookSigner(callbackSecrets).map { CallbackSigner($0) }
    }
}
