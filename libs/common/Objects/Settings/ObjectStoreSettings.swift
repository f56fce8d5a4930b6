import Configuration
import JSON
import Loop

/// Which object store a service has: any that speaks S3, or without settings the embedded one on disk.
///
///     objects = ObjectStoreSettings(&settings, bucket: "pacs-masks", host: common.host, port: common.port)
///     ...
///     let store = try configuration.objects.open(blocking: context.blocking)
///     routes.declare(store)
public struct ObjectStoreSettings: Sendable {
    public enum Kind: Sendable {
        case s3(S3Settings)
        case disk(DiskSettings)
    }

    public let kind: Kind
    /// The bucket for the service's own objects.
    public let bucket: BucketName

    /// `bucket` is the service's own unless it is told. `host` and `port` are where the service listens: on loopback that
    /// is what presigned URLs of the embedded store name, unless they are told where the gateway is.
    public init(_ settings: inout SettingsReader, bucket: String, host: String, port: Int) {
        self.bucket = settings.value(
            "OBJECTS_BUCKET", .bucket, default: BucketName(bucket)!, "the bucket of the service's objects")
        let limits = ObjectLimits(&settings)
        let endpoint = settings.optional(
            "OBJECTS_S3_ENDPOINT", .endpoint, "the S3 server; without it objects are kept on this machine's disk")
        let publicEndpoint = settings.optional(
            "OBJECTS_PUBLIC_ENDPOINT", .endpoint,
            "what presigned URLs name, when clients reach the store otherwise: for the embedded store, the gateway")
        let region = settings.value(
            "OBJECTS_S3_REGION", .string(maximumLength: 64), default: "us-east-1", "the region that requests name")
        let credentials = ObjectCredentials(&settings)
        var s3 = S3Settings(
            &settings, endpoint: endpoint ?? ObjectEndpoint("http://localhost")!,
            credentials: credentials ?? ObjectCredentials(accessKey: "", secretKey: ""))
        s3.publicEndpoint = publicEndpoint
        s3.region = region
        s3.limits = limits
        let own = publicEndpoint ?? Self.endpoint(host: host, port: port)
        var disk = DiskSettings(
            &settings, publicEndpoint: own ?? ObjectEndpoint("http://localhost")!, credentials: credentials)
        disk.region = region
        disk.limits = limits
        kind = endpoint == nil ? .disk(disk) : .s3(s3)

        settings.check(
            endpoint == nil || credentials != nil,
            "OBJECTS_S3_ENDPOINT needs OBJECTS_ACCESS_KEY and OBJECTS_SECRET_KEY, which sign requests and presigned URLs"
        )
        settings.check(
            endpoint != nil || own != nil,
            "without OBJECTS_S3_ENDPOINT objects are kept on disk, and OBJECTS_PUBLIC_ENDPOINT must say where clients "
                + "reach the gateway, unless the service listens on loopback at a port that is known")
    }

    /// The service's own address, when nobody else can reach it anyway.
    private static func endpoint(host: String, port: Int) -> ObjectEndpoint? {
        guard port != 0, host == "localhost" || host == "::1" || host.hasPrefix("127.") else { return nil }
        return ObjectEndpoint("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
    }
}

extension ObjectStoreSettings {
    /// Why the embedded store's folder is of no use.
    public struct UnusableFolder: Error, CustomStringConvertible {
        public let path: String
        public let cause: ObjectError

        public var description: String { "the folder \(path) for objects cannot be used: \(cause)" }
    }

    /// The store that the settings describe. Blocks as `DiskStore` does; `now` is what tests replace.
    public func open(
        blocking: BlockingPool, now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws(UnusableFolder) -> any ObjectStore {
        switch kind {
        case .s3(let settings): return S3Store(settings, blocking: blocking, now: now)
        case .disk(let settings):
            do throws(ObjectError) {
                try DiskFolder.makeParent(of: settings.root)
                return try DiskStore(settings, blocking: blocking, now: now)
            } catch {
                throw UnusableFolder(path: settings.root, cause: error)
            }
        }
    }
}
