import Objects
import TestKit
import Testing

/// A store that every behaviour is asked of. No test server is like S3 in everything; what one cannot do is named here.
struct Backend: Sendable {
    struct Gaps: OptionSet {
        let rawValue: Int
        /// `If-None-Match: *` overwrites all the same.
        static let conditionalPut = Gaps(rawValue: 1)
        /// The keys `ab` and `ab/x` cannot both exist.
        static let keyAndFolder = Gaps(rawValue: 2)
        /// A body that does not match its checksum is stored.
        static let checksums = Gaps(rawValue: 4)
        /// Accepts any presigned URL, valid or not.
        static let presignedChecks = Gaps(rawValue: 8)
        /// A body that breaks off is stored as far as it came.
        static let truncation = Gaps(rawValue: 16)
        /// A part's number cannot be used again.
        static let partAgain = Gaps(rawValue: 32)
    }

    let name: String
    let gaps: Gaps
    let run: @Sendable (@escaping @Sendable (ThrowAwayBucket) async throws -> Void) async throws -> Void

    static let disk = Backend(name: "disk", gaps: []) { body in try await ThrowAwayBucket.withDisk(body) }

    static let rclone = Backend(
        name: "rclone", gaps: [.conditionalPut, .keyAndFolder, .checksums, .truncation, .partAgain]
    ) { body in
        let settings = try #require(ThrowAwayBucket.s3Settings)
        try await ThrowAwayBucket.withS3(settings.small, body: body)
    }

    static let moto = Backend(name: "moto", gaps: [.checksums, .presignedChecks, .truncation]) { body in
        let server = try #require(MotoServer.current)
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
