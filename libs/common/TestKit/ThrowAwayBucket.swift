import Glibc
import HTTP
import Loop
import Objects

/// A bucket of its own on the test's S3 server, or in a folder of its own, emptied and removed afterwards.
///
/// The server is named by `PENTAD_TEST_S3_ENDPOINT`, `…_ACCESS` and `…_SECRET`, which `./dev test` sets.
public struct ThrowAwayBucket: Sendable {
    public let store: any ObjectStore
    public let name: BucketName

    public static let hasS3Server = endpoint != nil

    private static let endpoint = variable("ENDPOINT").flatMap { ObjectEndpoint($0) }

    /// Settings for the test's S3 server; nil when there is none.
    public static var s3Settings: S3Settings? {
        guard let endpoint, let access = variable("ACCESS"), let secret = variable("SECRET") else { return nil }
        return S3Settings(endpoint: endpoint, credentials: ObjectCredentials(accessKey: access, secretKey: secret))
    }

    public init(store: any ObjectStore, name: BucketName) {
        self.store = store
        self.name = name
    }

    /// In the test's S3 server. `body` runs on a loop.
    public static func withS3<Result: Sendable>(
        _ settings: S3Settings, body: @escaping @Sendable (ThrowAwayBucket) async throws -> Result
    ) async throws -> Result {
        try await TestService.loops.nextLoop().run {
            let store = S3Store(settings)
            let bucket = ThrowAwayBucket(store: store, name: newName())
            try await store.createBucket(bucket.name)
            do {
                let result = try await body(bucket)
                await bucket.remove(store)
                return result
            } catch {
                await bucket.remove(store)
                throw error
            }
        }
    }

    /// In a disk store of its own. `body` runs on a loop.
    public static func withDisk<Result: Sendable>(
        endpoint: String = "http://127.0.0.1:8080",
        _ body: @escaping @Sendable (ThrowAwayBucket) async throws -> Result
    ) async throws -> Result {
        let directory = try ThrowAwayDirectory(prefix: "pentad-objects")
        defer { directory.remove() }
        var settings = DiskSettings(
            root: directory.path, publicEndpoint: ObjectEndpoint(endpoint)!,
            credentials: ObjectCredentials(accessKey: "test", secretKey: "test secret"))
        // Nothing of it is to outlive the machine.
        settings.isDurable = false
        let store = try DiskStore(settings)
        return try await TestService.loops.nextLoop().run {
            try await body(ThrowAwayBucket(store: store, name: newName()))
        }
    }

    public func location(_ key: String) -> ObjectLocation { ObjectLocation(name, ObjectKey(key)!) }

    public func folder(_ prefix: String = "") -> ObjectFolder { ObjectFolder(name, KeyPrefix(prefix)!) }

    private func remove(_ store: S3Store) async {
        _ = try? await store.deleteAll(in: ObjectFolder(name))
        try? await store.deleteBucket(name)
    }

    private static func newName() -> BucketName {
        BucketName("test-" + String(UInt64.random(in: .min ... .max), radix: 36))!
    }

    private static func variable(_ name: String) -> String? {
        getenv("PENTAD_TEST_S3_\(name)").map { String(cString: $0) }
    }
}
