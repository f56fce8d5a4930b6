import Foundation
import Loop
import TestKit
import Testing

/// Something that every store does, asked of each in a bucket of its own.
struct Behaviour: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What a server must be able to do, where some are not.
    let needs: Gap?
    let check: @Sendable (ThrowAwayBucket) async throws -> Void

    init(_ sentence: String, needs: Gap? = nil, _ check: @escaping @Sendable (ThrowAwayBucket) async throws -> Void) {
        testDescription = sentence
        self.needs = needs
        self.check = check
    }

    static let all = objects + large + lists + uploads + presigned
}

@Suite("What every store does", UsesMoto(), UsesLocalStack())
struct BehaviourTests {
    @Test("The disk store", arguments: Behaviour.all)
    func disk(_ behaviour: Behaviour) async throws {
        try await Backend.disk.run(behaviour.check)
    }

    @Test(
        "rclone's S3 server", .enabled(if: ThrowAwayBucket.hasS3Server, noS3Server),
        arguments: Backend.rclone.behaviours)
    func rclone(_ behaviour: Behaviour) async throws {
        try await Backend.rclone.run(behaviour.check)
    }

    @Test(
        "moto's S3 server", .enabled(if: MotoServer.isInstalled, MotoServer.isMissing),
        arguments: Backend.moto.behaviours)
    func moto(_ behaviour: Behaviour) async throws {
        try await Backend.moto.run(behaviour.check)
    }

    @Test(
        "LocalStack's S3 server", .enabled(if: LocalStackServer.isInstalled, LocalStackServer.isMissing),
        arguments: Behaviour.all)
    func localStack(_ behaviour: Behaviour) async throws {
        try await Backend.localStack.run(behaviour.check)
    }

    @Test(
        "What rclone's S3 server cannot do, it still cannot", .enabled(if: ThrowAwayBucket.hasS3Server, noS3Server),
        arguments: Backend.rclone.lacking)
    func rcloneGaps(_ behaviour: Behaviour) async throws {
        try await isMissing(behaviour, from: .rclone)
    }

    @Test(
        "What moto's S3 server cannot do, it still cannot",
        .enabled(if: MotoServer.isInstalled, MotoServer.isMissing), arguments: Backend.moto.lacking)
    func motoGaps(_ behaviour: Behaviour) async throws {
        try await isMissing(behaviour, from: .moto)
    }

    @Test(
        "LocalStack, which trusts whoever asks, listens on loopback alone",
        .enabled(if: LocalStackServer.isInstalled, LocalStackServer.isMissing))
    func confined() async throws {
        let port = try await #require(LocalStackServer.current).port
        let listening = try ["tcp", "tcp6"].flatMap { table in
            try String(contentsOfFile: "/proc/net/\(table)", encoding: .utf8).split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
        }
        // Words of a line: its number, the local address and port, the other's, the state; 0A is listening.
        let addresses = listening.filter { $0.count > 3 && $0[3] == "0A" }.map { $0[1] }
            .filter { Int($0.split(separator: ":").last ?? "", radix: 16) == Int(port) }
        #expect(addresses.map { $0.prefix(8) } == ["0100007F"])
    }

    private static let noS3Server: Comment = "no S3 server (PENTAD_TEST_S3_ENDPOINT; ./dev test starts one)"

    /// Fails when the server has learnt it, so that the gap is taken from the list.
    private func isMissing(_ behaviour: Behaviour, from backend: Backend) async throws {
        let gap = try #require(behaviour.needs)
        let wasAsked = Locked(false)
        await withKnownIssue("\(backend.name): \(gap.rawValue)") {
            try await backend.run { bucket in
                wasAsked.withLock { $0 = true }
                try await behaviour.check(bucket)
            }
        }
        #expect(wasAsked.withLock { $0 }, "the server was not asked")
    }
}
