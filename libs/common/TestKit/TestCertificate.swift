import HTTP

/// Certificates made by the `openssl` command, in a folder of their own.
public struct TestCertificate {
    public let folder: ThrowAwayDirectory
    public var certificate: String { folder.path + "/server.pem" }
    public var key: String { folder.path + "/server.key" }
    public var settings: TLSSettings { TLSSettings(certificateFile: certificate, keyFile: key) }

    public init() async throws {
        folder = try ThrowAwayDirectory()
        try await make("server", serial: 1)
    }

    public func remove() { folder.remove() }

    /// A pair under another name, for tests that exchange them.
    public func make(_ name: String, serial: Int, days: Int = 30, kind: [String] = Self.p256) async throws {
        try await Self.openssl(
            ["req", "-x509", "-nodes"] + kind + [
                "-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem", "-days", "\(days)",
                "-set_serial", "\(serial)", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ])
    }

    public static let p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    @discardableResult
    public static func openssl(_ arguments: [String]) async throws -> String {
        let (output, status) = try await TestProcess.run("openssl", arguments)
        guard status == 0 else { throw TestProcess.Failed(description: "openssl \(arguments): \(output)") }
        return output
    }
}
