import TestKit
import Testing

/// Something that every store does, asked of each in a bucket of its own.
struct Behaviour: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let check: @Sendable (ThrowAwayBucket, Backend.Gaps) async throws -> Void

    init(
        _ sentence: String, _ check: @escaping @Sendable (ThrowAwayBucket, Backend.Gaps) async throws -> Void
    ) {
        testDescription = sentence
        self.check = check
    }

    static let all = objects + large + lists + uploads + presigned
}

@Suite("What every store does", UsesMoto())
struct BehaviourTests {
    @Test("The disk store", arguments: Behaviour.all)
    func disk(_ behaviour: Behaviour) async throws {
        try await run(behaviour, .disk)
    }

    @Test(
        "rclone's S3 server",
        .enabled(if: ThrowAwayBucket.hasS3Server, "no S3 server (PENTAD_TEST_S3_ENDPOINT; ./dev test starts one)"),
        arguments: Behaviour.all)
    func rclone(_ behaviour: Behaviour) async throws {
        try await run(behaviour, .rclone)
    }

    @Test("moto's S3 server", .enabled(if: MotoServer.isInstalled, MotoServer.isMissing), arguments: Behaviour.all)
    func moto(_ behaviour: Behaviour) async throws {
        try await run(behaviour, .moto)
    }

    private func run(_ behaviour: Behaviour, _ backend: Backend) async throws {
        try await backend.run { bucket in try await behaviour.check(bucket, backend.gaps) }
    }
}
