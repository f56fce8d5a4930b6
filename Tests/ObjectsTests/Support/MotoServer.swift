import Foundation
import Glibc
import Loop
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

    private static let path = python?.replacing("/python", with: "/moto_server")
    static let python = getenv("PENTAD_TEST_PYTHON").map { String(cString: $0) }

    let port: UInt16

    var settings: S3Settings {
        S3Settings(
            endpoint: ObjectEndpoint("http://127.0.0.1:\(port)")!,
            credentials: ObjectCredentials(accessKey: "test", secretKey: "test"))
    }

    static func with(_ body: () async throws -> Void) async throws {
        guard let path, isInstalled else { return try await body() }
        let directory = try ThrowAwayDirectory(prefix: "pentad-moto")
        defer { directory.remove() }
        // It writes a line for each request, into a file since nobody reads a pipe as long as the tests run.
        let log = directory.path + "/log"
        let start = #"exec "$0" -H 127.0.0.1 -p 0 >"$1" 2>&1"#
        let process = try TestProcess("/bin/sh", ["-c", start, path, log])
        defer { process.signal(SIGKILL) }
        // "Running on http://127.0.0.1:43210"
        var text = ""
        let deadline = Deadline.after(.seconds(60))
        while !text.contains("Press CTRL"), Deadline.now < deadline {
            text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            await Task.yield()
        }
        let digits = text.split(separator: "127.0.0.1:").last?.prefix { $0.isNumber }
        let server = MotoServer(port: try #require(digits.flatMap { UInt16($0) }))
        try await $current.withValue(server) { try await body() }
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
