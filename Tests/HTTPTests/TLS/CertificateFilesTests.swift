import HTTP
import TestKit
import Testing

/// What is said of certificates and keys that cannot be used.
@Suite("Certificate files")
struct CertificateFilesTests {
    private func problem(_ settings: TLSSettings) -> String {
        do throws(TLSError) {
            _ = try ServerTLS(settings)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test("a pair that fits is taken, and says what it is")
    func good() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        try await certificate.make("old", serial: 0xab12, days: 30)
        let path = certificate.folder.path
        let tls = try ServerTLS(TLSSettings(certificateFile: "\(path)/old.pem", keyFile: "\(path)/old.key"))
        #expect(tls.certificate.serial == "AB12")
        #expect(tls.certificate.subject == "CN=localhost")
        #expect(tls.certificate.expires > 1_700_000_000)
    }

    @Test("what cannot be used is refused with its reason, and a reload then changes nothing")
    func refused() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let path = certificate.folder.path
        try await certificate.make("other", serial: 2)
        try await certificate.make("weak", serial: 3, kind: ["-newkey", "rsa:1024"])
        try await TestCertificate.openssl(
            ["pkey", "-in", certificate.key, "-aes256", "-passout", "pass:secret", "-out", "\(path)/encrypted.key"])
        try await TestProcess.expectGood(
            "sh", ["-c", "echo nothing > \(path)/empty; head -c 200 \(certificate.certificate) > \(path)/torn"])

        func pair(_ certificateFile: String, _ keyFile: String) -> TLSSettings {
            TLSSettings(certificateFile: "\(path)/\(certificateFile)", keyFile: "\(path)/\(keyFile)")
        }
        #expect(problem(pair("server.pem", "encrypted.key")).contains("holds an encrypted key"))
        #expect(problem(pair("server.pem", "other.key")).contains("is not that of the first certificate"))
        #expect(problem(pair("empty", "server.key")).contains("holds no certificate"))
        #expect(problem(pair("torn", "server.key")).contains("cannot be used"))
        #expect(problem(pair("server.pem", "empty")).contains("holds no private key"))
        #expect(problem(pair("server.pem", "server.pem")).contains("holds no private key"))
        #expect(problem(pair("absent", "server.key")).contains("absent cannot be opened"))
        #expect(problem(pair("weak.pem", "weak.key")).contains("ee key too small"))

        let tls = try ServerTLS(certificate.settings)
        try await TestProcess.expectGood("cp", ["\(path)/other.key", certificate.key])
        #expect(throws: TLSError.notOfThisKey(certificate: certificate.certificate, key: certificate.key)) {
            try tls.reload()
        }
        #expect(tls.certificate.serial == "01")
        try await TestProcess.expectGood("cp", ["\(path)/other.pem", certificate.certificate])
        #expect(try tls.reload().serial == "02")
    }

    @Test("both keys in wide use are taken", arguments: [["-newkey", "rsa:2048"], ["-newkey", "ed25519"]])
    func kinds(kind: [String]) async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        try await certificate.make("server", serial: 9, kind: kind)
        #expect(problem(certificate.settings) == "none")
    }
}
