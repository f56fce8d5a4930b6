import Glibc
import HTTP
import Loop
import Telemetry
import TestKit

/// Certificates made by the `openssl` command, in a folder of their own.
struct TestCertificate {
    let folder: ThrowAwayDirectory
    var certificate: String { folder.path + "/server.pem" }
    var key: String { folder.path + "/server.key" }
    var settings: TLSSettings { TLSSettings(certificateFile: certificate, keyFile: key) }

    init() async throws {
        folder = try ThrowAwayDirectory()
        try await renew(serial: 1)
    }

    func remove() { folder.remove() }

    /// A pair under another name, for tests that exchange them.
    func make(_ name: String, serial: Int, days: Int = 30, kind: [String] = Self.p256) async throws {
        try await Self.openssl(
            ["req", "-x509", "-nodes"] + kind + [
                "-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem", "-days", "\(days)",
                "-set_serial", "\(serial)", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ])
    }

    func renew(serial: Int) async throws { try await make("server", serial: serial) }

    static let p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    @discardableResult
    static func openssl(_ arguments: [String]) async throws -> String {
        let (output, status) = try await TestProcess.run("openssl", arguments)
        guard status == 0 else { throw TestProcess.Failed(description: "openssl \(arguments): \(output)") }
        return output
    }
}

/// Starts a server that speaks TLS on a free port, and stops it afterwards.
func withTLSServer<Result>(
    _ certificate: TestCertificate, group: EventLoopGroup = TestService.loops, limits: ServerLimits = ServerLimits(),
    metrics: Metrics = Metrics(), settings: TLSSettings? = nil, _ declare: (inout Routes) -> Void,
    body: (_ port: UInt16, ServerTLS) async throws -> Result
) async throws -> Result {
    var routes = Routes(metrics: metrics)
    declare(&routes)
    let tls = try ServerTLS(settings ?? certificate.settings, metrics: metrics)
    let server = Server(
        group: group, limits: limits, telemetry: ServerTelemetry(metrics: metrics), tls: tls,
        router: routes.build(logger: .silent))
    let port = try await server.start(port: 0)
    do {
        let result = try await body(port, tls)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
