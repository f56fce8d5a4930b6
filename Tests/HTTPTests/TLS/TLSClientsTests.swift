import Glibc
import HTTP
import Loop
import Telemetry
import TestKit
import Testing

/// Clients that do what clients do, and what they should not.
@Suite("TLS clients", .timeLimit(.minutes(3)))
struct TLSClientsTests {
    private struct BrokenOff: Error {}

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }

    private func routes(_ routes: inout Routes, folder: String = "", bodies: Shared<[String]> = Shared([])) {
        let disk = BlockingPool(maximumThreads: 2)
        routes.on(.get, "/hello") { _ in .text("hello") }
        routes.on(.get, "/bytes/{count}") { request in
            Response(contentType: .bytes, body: .bytes(Self.bytes(Int(request.parameter("count") ?? "") ?? 0)))
        }
        routes.on(.get, "/stream/{count}") { request in
            let count = Int(request.parameter("count") ?? "") ?? 0
            return Response(
                contentType: .bytes,
                body: .stream(length: count) { writer in
                    let bytes = Self.bytes(count)
                    for start in stride(from: 0, to: count, by: 50_001) {
                        try await writer.write(Array(bytes[start..<min(start + 50_001, count)]))
                    }
                })
        }
        routes.on(.get, "/file/{count}") { request in
            let path = "\(folder)/\(request.parameter("count") ?? "")"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            try writeAll(Self.bytes(Int(request.parameter("count") ?? "") ?? 0), to: descriptor)
            close(descriptor)
            return try await .file(path, for: request, blocking: disk)
        }
        routes.on(.put, "/sum") { request in
            do {
                for try await _ in request.body {}
                bodies.update { $0.append("whole") }
            } catch {
                bodies.update { $0.append("\(error)") }
                throw error
            }
            return .text("ok")
        }
        for (path, isWhole) in [("/endless-but-short", true), ("/broken-off", false)] {
            routes.on(.get, path) { _ in
                Response(
                    contentType: .bytes,
                    body: .stream(length: nil) { writer in
                        try await writer.write("all of it")
                        if !isWhole { throw BrokenOff() }
                    })
            }
        }
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestProcess.Failed(description: "write: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    @Test(
        "are served, or refused, as they deserve",
        arguments: [
            "old_versions", "alpn", "unknown_name", "bytewise", "abandoned", "sizes", "pipelined", "resumed", "ends",
            "renegotiation", "key_updates",
        ])
    func clients(name: String) async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        try await withTLSServer(certificate, { routes(&$0, folder: certificate.folder.path) }) { port, _ in
            try await TLSPeer.run(name, port: port, certificate.certificate)
        }
    }

    @Test("speak TLS 1.3 alone where that is the setting")
    func minimum() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        var settings = certificate.settings
        settings.minimumVersion = .tls13
        try await withTLSServer(certificate, settings: settings, { routes(&$0) }) { port, _ in
            try await TLSPeer.run("only_13", port: port, certificate.certificate)
        }
    }

    @Test("that fall silent in the handshake are closed, and hold no task until then")
    func silent() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        var limits = ServerLimits()
        limits.headerTimeout = .milliseconds(500)
        try await withTLSServer(certificate, limits: limits, { routes(&$0) }) { port, _ in
            try await TLSPeer.run("silent", port: port, certificate.certificate)
        }
    }

    @Test("that break off within a body have sent no whole one")
    func cutOff() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let bodies = Shared<[String]>([])
        try await withTLSServer(certificate, { routes(&$0, bodies: bodies) }) { port, _ in
            try await TLSPeer.run("cut_off", port: port, certificate.certificate)
            try await eventually("both bodies ended") { bodies.value.count == 2 }
            #expect(bodies.value == ["incomplete", "incomplete"])
        }
    }

    @Test("are counted by how their handshakes ended")
    func counted() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let metrics = Metrics()
        try await withTLSServer(certificate, metrics: metrics, { routes(&$0) }) { port, _ in
            try await TLSPeer.run("resumed", port: port, certificate.certificate)
            try await TLSPeer.run("old_versions", port: port, certificate.certificate)
        }
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(text.contains("tls_handshakes_total{result=\"full\"} 2\n"), "\(text)")
        #expect(text.contains("tls_handshakes_total{result=\"resumed\"} 6\n"))
        #expect(text.contains("tls_handshakes_total{result=\"failed\"} 5\n"))
    }

    @Test("of new connections get the new certificate, and none fails while certificates are exchanged")
    func exchanged() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let folder = certificate.folder.path
        var all = ""
        for serial in 1...4 {
            try await certificate.make("pair\(serial)", serial: serial)
            all += " \(folder)/pair\(serial).pem"
        }
        try await TestProcess.expectGood("sh", ["-c", "cat \(all) \(certificate.certificate) > \(folder)/all.pem"])
        try await withTLSServer(certificate, { routes(&$0) }) { port, tls in
            let crowd = try TLSPeer.start("crowd", port: port, "\(folder)/all.pem", ["STOP": "\(folder)/stop"])
            for round in 0..<30 {
                let name = "\(folder)/pair\(round % 4 + 1)"
                try await TestProcess.expectGood(
                    "sh", ["-c", "cp \(name).pem \(certificate.certificate); cp \(name).key \(certificate.key)"])
                #expect(try tls.reload().serial == "0\(round % 4 + 1)")
                try await Task.sleep(for: .milliseconds(100))
            }
            try await TestProcess.expectGood("touch", ["\(folder)/stop"])
            let (output, status) = try await crowd.finish()
            #expect(status == 0, "\(output)")
            #expect(output.hasSuffix("serials 4\n") || output.hasSuffix("serials 5\n"), "\(output)")
        }
    }
}

extension TestProcess {
    static func expectGood(_ path: String, _ arguments: [String]) async throws {
        let (output, status) = try await run(path, arguments)
        guard status == 0 else { throw Failed(description: "\(path) \(arguments): \(output)") }
    }
}
