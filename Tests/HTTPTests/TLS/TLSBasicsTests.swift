import Glibc
import HTTP
import TestKit
import Testing

/// TLS as curl sees it.
@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSBasicsTests {
    private func routes(_ routes: inout Routes) {
        routes.on(.get, "/hello") { request in .text(request.isSecure ? "hello, securely" : "hello") }
        routes.on(.put, "/echo") { request in
            Response(
                contentType: .bytes,
                body: .stream(length: nil) { writer in
                    for try await block in request.body { try await writer.write(block) }
                })
        }
    }

    private func curl(_ certificate: TestCertificate, _ arguments: [String]) async throws -> (String, Int32) {
        try await TestProcess.run("curl", ["--cacert", certificate.certificate] + arguments)
    }

    @Test("curl verifies the certificate, keeps its connection and agrees on HTTP/1.1", arguments: ["1.2", "1.3"])
    func curl(version: String) async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        try await withTLSServer(certificate, routes) { port, _ in
            let url = "https://localhost:\(port)/hello"
            let (output, status) = try await curl(
                certificate, ["-sv", "--http1.1", "--tlsv\(version)", "--tls-max", version, url, url])
            #expect(status == 0, "\(output)")
            #expect(output.contains("SSL connection using TLSv\(version)"))
            #expect(output.contains("ALPN: server accepted http/1.1"))
            #expect(output.contains("Re-using existing connection"))
            #expect(output.hasSuffix("hello, securely"))
        }
    }

    @Test("a body goes up after 100 Continue and comes back the same", arguments: ["-T", "--data-binary"])
    func echo(mode: String) async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let path = certificate.folder.path
        try await TestCertificate.openssl(["rand", "-out", "\(path)/body", "5000000"])
        try await withTLSServer(certificate, routes) { port, _ in
            let body = mode == "-T" ? "\(path)/body" : "@\(path)/body"
            let (output, status) = try await curl(
                certificate,
                [
                    "-sS", "--fail", "-H", "Expect: 100-continue", mode, body, "-X", "PUT",
                    "https://localhost:\(port)/echo", "-o", "\(path)/back",
                ])
            #expect(status == 0, "\(output)")
            #expect(try await TestProcess.run("cmp", ["\(path)/body", "\(path)/back"]).status == 0)
        }
    }

    @Test("plain HTTP on the port of TLS is told so")
    func plainHTTP() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        try await withTLSServer(certificate, routes) { port, _ in
            for method in ["GET", "DELETE", "OPTIONS", "PUT"] {
                let (output, status) = try await TestProcess.run(
                    "curl", ["-sSi", "-X", method, "http://localhost:\(port)/hello"])
                #expect(status == 0, "\(output)")
                #expect(output.hasPrefix("HTTP/1.1 400 "))
                #expect(output.contains("tls_required") && output.contains("https"))
                #expect(output.contains("connection: close"))
            }
        }
    }
}
