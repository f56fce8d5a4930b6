import Foundation
import Glibc
import Objects
import TestKit
import Testing

/// LocalStack's S3 server for the tests of one suite, on a port of its own. It starts while the others are tested.
struct LocalStackServer: Sendable {
    @TaskLocal static var current: LocalStackServer?

    /// `./dev test` says by PENTAD_TEST_LOCALSTACK which Python has it, or by …_ABSENT why none has.
    static let python = variable("").flatMap { access($0, X_OK) == 0 ? $0 : nil }
    static var isInstalled: Bool { python != nil }
    static let isMissing = Comment(
        rawValue: variable("_ABSENT")
            ?? "LocalStack is not installed (Tests/localstack-requirements.txt; ./dev test installs it)")
    private static let readySeconds = 120

    private let starting: Task<UInt16, any Error>

    /// Skips the test when it does not start.
    var port: UInt16 {
        get async throws {
            do { return try await starting.value } catch {
                try Test.cancel("LocalStack does not start: \(error)")
            }
        }
    }

    var settings: S3Settings {
        get async throws {
            S3Settings(
                endpoint: ObjectEndpoint("http://127.0.0.1:\(try await port)")!,
                credentials: ObjectCredentials(accessKey: "test", secretKey: "test"))
        }
    }

    static func with(_ body: () async throws -> Void) async throws {
        guard let python else { return try await body() }
        let launcher = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("localstack-on-loopback.py").path
        let server = try LoggedServer(python) { folder in [launcher, folder] }
        defer { server.stop() }
        let starting = Task {
            try await server.port(after: "Port ", ready: "\nReady.", within: readySeconds)
        }
        defer { starting.cancel() }
        try await $current.withValue(LocalStackServer(starting: starting)) { try await body() }
    }

    private static func variable(_ ending: String) -> String? {
        guard let text = getenv("PENTAD_TEST_LOCALSTACK" + ending), text.pointee != 0 else { return nil }
        return String(cString: text)
    }
}

/// Runs LocalStack around a suite.
struct UsesLocalStack: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await LocalStackServer.with { try await function() }
    }
}
