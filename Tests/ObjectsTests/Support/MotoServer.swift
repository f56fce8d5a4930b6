import Glibc
import Objects
import TestKit
import Testing

/// moto's S3 server for the tests of one suite, on a port of its own.
struct MotoServer: Sendable {
    @TaskLocal static var current: MotoServer?

    static let isInstalled: Bool = {
        guard let path else { return false }
        return access(path, X_OK) == 0
    }()
    static let isMissing: Comment = "moto's server is not installed (Tests/requirements.txt; ./dev test installs it)"

    private static let path = TestPython.path?.replacing("/python", with: "/moto_server")

    let port: UInt16

    var settings: S3Settings {
        S3Settings(
            endpoint: ObjectEndpoint("http://127.0.0.1:\(port)")!,
            credentials: ObjectCredentials(accessKey: "test", secretKey: "test"))
    }

    static func with(_ body: () async throws -> Void) async throws {
        guard let path, isInstalled else { return try await body() }
        let server = try LoggedServer(path) { _ in ["-H", "127.0.0.1", "-p", "0"] }
        defer { server.stop() }
        // "Running on http://127.0.0.1:43210", "Press CTRL+C to quit"
        let port = try await server.port(after: "http://127.0.0.1:", ready: "Press CTRL", within: 60)
        try await $current.withValue(MotoServer(port: port)) { try await body() }
    }
}

/// Runs moto around a suite.
struct UsesMoto: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await MotoServer.with { try await function() }
    }
}
