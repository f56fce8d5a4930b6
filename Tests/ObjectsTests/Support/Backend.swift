import Objects
import TestKit
import Testing

/// What a test server does otherwise than S3. No such server is like S3 in everything.
enum Gap: String {
    case conditionalPut = "`If-None-Match: *` overwrites all the same"
    case keyAndFolder = "the keys `ab` and `ab/x` cannot both exist"
    case checksums = "a checksum is not compared with the body"
    case checksumKept = "a checksum is not told afterwards"
    case presignedChecks = "accepts any presigned URL, valid or not"
    case partAgain = "a part's number cannot be used again"
}

/// A store that every behaviour is asked of, but for those that it is known to lack.
struct Backend: Sendable {
    let name: String
    let gaps: Set<Gap>
    let run: @Sendable (@escaping @Sendable (ThrowAwayBucket) async throws -> Void) async throws -> Void

    var behaviours: [Behaviour] { Behaviour.all.filter { !lacks($0) } }
    var lacking: [Behaviour] { Behaviour.all.filter(lacks) }

    private func lacks(_ behaviour: Behaviour) -> Bool { behaviour.needs.map(gaps.contains) ?? false }

    static let disk = Backend(name: "disk", gaps: []) { body in try await ThrowAwayBucket.withDisk(body) }

    static let rclone = Backend(
        name: "rclone", gaps: [.conditionalPut, .keyAndFolder, .checksums, .partAgain]
    ) { body in
        let settings = try #require(ThrowAwayBucket.s3Settings)
        try await ThrowAwayBucket.withS3(settings.small, body: body)
    }

    static let moto = Backend(name: "moto", gaps: [.checksums, .checksumKept, .presignedChecks]) { body in
        let server = try #require(MotoServer.current)
        try await ThrowAwayBucket.withS3(server.settings.small, body: body)
    }

    static let localStack = Backend(name: "LocalStack", gaps: []) { body in
        let server = try #require(LocalStackServer.current)
        try await ThrowAwayBucket.withS3(server.settings.small, body: body)
    }
}

extension S3Settings {
    /// Parts of 5 MiB, the least that S3 takes, so that a few megabytes are an upload in parts.
    var small: S3Settings {
        var settings = self
        settings.limits.multipartFrom = 12 << 20
        settings.limits.partBytes = 5 << 20
        return settings
    }
}

extension DiskSettings {
    static func test(_ root: String, endpoint: String = "http://127.0.0.1:8080") -> DiskSettings {
        var settings = DiskSettings(
            root: root, publicEndpoint: ObjectEndpoint(endpoint)!,
            credentials: ObjectCredentials(accessKey: "AKTEST", secretKey: "a secret/of+tests"))
        settings.isDurable = false
        settings.limits.maximumPresignedLife = .seconds(7 * 86_400)
        return settings
    }
}
