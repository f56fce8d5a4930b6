import Configuration
import Foundation
import HTTP
import JSON
import Loop
import Telemetry
import TestKit
import Testing

@testable import Objects

@Suite("The settings of an object store")
struct ObjectStoreSettingsTests {
    private static let keys = ["OBJECTS_ACCESS_KEY": "key", "OBJECTS_SECRET_KEY": "hunter2"]
    private static let s3 = ["OBJECTS_S3_ENDPOINT": "https://s3.example.org"]

    private static func read(
        _ environment: [String: String], host: String = "127.0.0.1", port: Int = 8080
    ) -> (value: ObjectStoreSettings, problems: [String]) {
        var reader = SettingsReader(prefix: "TEST", environment: environment)
        let value = ObjectStoreSettings(&reader, bucket: "masks", host: host, port: port)
        return (value, reader.problems)
    }

    private static func disk(
        _ environment: [String: String], host: String = "127.0.0.1", port: Int = 8080
    ) throws -> DiskSettings {
        let (settings, problems) = read(environment, host: host, port: port)
        #expect(problems == [])
        guard case .disk(let disk) = settings.kind else { throw NotDisk() }
        return disk
    }

    private struct NotDisk: Error {}

    @Test("Without settings objects are on disk, with URLs of the service's own address and a key of the store's own")
    func nothing() throws {
        let disk = try Self.disk([:])
        #expect(disk.root == "data/objects")
        #expect(disk.publicEndpoint == ObjectEndpoint("http://127.0.0.1:8080"))
        #expect(disk.credentials == nil && disk.internalEndpoint == nil)
        let defaults = DiskSettings(root: "", publicEndpoint: disk.publicEndpoint)
        #expect(disk.isDurable == defaults.isDurable && disk.uploadLife == defaults.uploadLife)
        #expect(Self.read([:]).value.bucket == BucketName("masks"))
    }

    @Test(
        "The service's own address is for URLs only where nobody else reaches it anyway",
        arguments: [
            ("127.0.0.1", 80, "http://127.0.0.1"), ("::1", 8080, "http://[::1]:8080"),
            ("localhost", 1234, "http://localhost:1234"), ("0.0.0.0", 8080, nil), ("::", 8080, nil),
            ("10.0.0.7", 8080, nil), ("127.0.0.1", 0, nil),
        ])
    func ownAddress(host: String, port: Int, endpoint: String?) throws {
        if let endpoint {
            let disk = try Self.disk([:], host: host, port: port)
            #expect(disk.publicEndpoint.description == endpoint)
        } else {
            #expect(Self.read([:], host: host, port: port).problems.first?.contains("OBJECTS_PUBLIC_ENDPOINT") == true)
        }
        let told = ["OBJECTS_PUBLIC_ENDPOINT": "https://pentad.example"]
        let disk = try Self.disk(told, host: host, port: port)
        #expect(disk.publicEndpoint.description == "https://pentad.example")
    }

    @Test("The disk store's folder, keys, endpoints and times are read")
    func everythingOfDisk() throws {
        let data = try Self.disk(["DATA_DIR": "/var/lib/pentad"])
        #expect(data.root == "/var/lib/pentad/objects")
        let environment = [
            "DATA_DIR": "/var/lib/pentad", "OBJECTS_DISK_ROOT": "/srv/objects", "OBJECTS_DISK_DURABLE": "no",
            "OBJECTS_INTERNAL_ENDPOINT": "http://masks:8080", "OBJECTS_UPLOAD_LIFE": "1h",
        ]
        let disk = try Self.disk(environment.merging(Self.keys) { $1 })
        #expect(disk.root == "/srv/objects" && !disk.isDurable && disk.uploadLife == .seconds(3600))
        #expect(disk.internalEndpoint == ObjectEndpoint("http://masks:8080"))
        #expect(disk.credentials == ObjectCredentials(accessKey: "key", secretKey: "hunter2"))
    }

    @Test("An S3 endpoint makes a client of S3, with its times and limits")
    func remote() throws {
        let environment = [
            "OBJECTS_CONNECT_TIMEOUT": "1s", "OBJECTS_REQUEST_TIMEOUT": "2s", "OBJECTS_TRANSFER_TIMEOUT": "3s",
            "OBJECTS_SILENCE_TIMEOUT": "4s", "OBJECTS_RETRY_ATTEMPTS": "5", "OBJECTS_RETRY_FIRST_WAIT": "6ms",
            "OBJECTS_RETRY_LONGEST_WAIT": "7s", "OBJECTS_RETRY_TIME": "8s", "OBJECTS_MULTIPART_FROM": "9MiB",
            "OBJECTS_PART_BYTES": "10MiB", "OBJECTS_PARTS_AT_ONCE": "11", "OBJECTS_PRESIGNED_LIFE": "12s",
            "OBJECTS_PRESIGNED_MAX_LIFE": "13s", "OBJECTS_MAX_BYTES": "14", "OBJECTS_S3_VIRTUAL_HOST": "yes",
        ]
        let (settings, problems) = Self.read(environment.merging(Self.keys) { $1 }.merging(Self.s3) { $1 })
        #expect(problems == [])
        guard case .s3(let s3) = settings.kind else { return #expect(Bool(false), "expected S3") }
        #expect(s3.endpoint == ObjectEndpoint("https://s3.example.org") && s3.publicEndpoint == nil)
        #expect(s3.connectTime == .seconds(1) && s3.requestTime == .seconds(2))
        #expect(s3.transferTime == .seconds(3) && s3.silence == .seconds(4))
        #expect(s3.retries.attempts == 5 && s3.retries.firstWait == .milliseconds(6))
        #expect(s3.retries.longestWait == .seconds(7) && s3.retries.totalTime == .seconds(8))
        #expect(s3.limits.multipartFrom == 9 << 20 && s3.limits.partBytes == 10 << 20 && s3.limits.partsAtATime == 11)
        #expect(s3.limits.presignedLife == .seconds(12) && s3.limits.maximumPresignedLife == .seconds(13))
        #expect(s3.limits.objectBytes == 14)
        guard case .virtualHost = s3.addressing else { return #expect(Bool(false), "expected a virtual host") }
    }

    @Test(
        "What does not go together is told, and no secret with it",
        arguments: [
            (s3, "OBJECTS_ACCESS_KEY"), (["OBJECTS_ACCESS_KEY": "hunter2"], "both or neither"),
            (["OBJECTS_SECRET_KEY": "hunter2"], "both or neither"),
            (["OBJECTS_SESSION_TOKEN": "hunter2"], "OBJECTS_SESSION_TOKEN"),
            (["OBJECTS_S3_ENDPOINT": "https://host/path", "OBJECTS_SECRET_KEY": "hunter2"], "OBJECTS_S3_ENDPOINT"),
            (["OBJECTS_PRESIGNED_LIFE": "2h"], "OBJECTS_PRESIGNED_MAX_LIFE"),
            (["OBJECTS_PART_BYTES": "4MiB"], "OBJECTS_PART_BYTES"),
        ])
    func wrong(environment: [String: String], problem: String) {
        let problems = Self.read(environment).problems
        #expect(problems.count == 1 && problems.joined().contains(problem))
        #expect(!problems.joined().contains("hunter2"))
    }

    @Test("What the settings describe is opened, served and used, the second start with the key of the first")
    func opens() async throws {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let (settings, problems) = Self.read(["DATA_DIR": directory.path + "/new"])
        #expect(problems == [])
        let blocking = BlockingPool(maximumThreads: 2)
        let location = ObjectLocation("s3://masks/a")!
        let presigned = try await onLoop {
            let store = try settings.open(blocking: blocking)
            try await store.put(location, .text("x"))
            return try store.presign(.get, location)
        }
        let again = try settings.open(blocking: blocking)
        var routes = Routes(metrics: Metrics())
        routes.declare(again)
        let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
        let port = try await server.start(port: 0)
        let target = presigned.url.dropFirst("http://127.0.0.1:8080".count)
        let answer = try await TestClient.request(port: port, "GET", String(target))
        await server.stop()
        #expect(answer.status == 200 && answer.body == [0x78])
    }

    @Test("A store elsewhere has no routes, and a folder that cannot be is named")
    func others() async throws {
        let blocking = BlockingPool(maximumThreads: 1)
        let remote = try Self.read(Self.keys.merging(Self.s3) { $1 }).value.open(blocking: blocking)
        #expect(remote is S3Store)
        var routes = Routes(metrics: Metrics())
        routes.declare(remote)
        let error = #expect(throws: ObjectStoreSettings.UnusableFolder.self) {
            _ = try Self.read(["DATA_DIR": "/dev/null"]).value.open(blocking: blocking)
        }
        #expect(error?.description.contains("/dev/null/objects") == true)
    }
}
