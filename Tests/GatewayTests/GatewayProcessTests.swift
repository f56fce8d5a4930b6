import Crypto
import Foundation
import Glibc
import HTTP
import JSON
import TestKit
import Testing

/// The executable as it is shipped: options, start, signals, end.
@Suite(
    "The gateway's executable", .enabled(if: TestGateway.hasDatabase, TestGateway.whyNoDatabase),
    .timeLimit(.minutes(3)))
struct GatewayProcessTests {
    private static let executable = BuiltPrograms.path("gateway")

    /// A database and a data folder of its own for what `body` starts.
    private func withSettings(_ body: ([String: String]) async throws -> Void) async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let schema = try #require(try await ThrowAwaySchema.make())
        let settings = [
            "PORT": "0", "INTERNAL_PORT": "0", "LOG_FORMAT": "json", "DATABASE_URL": schema.url,
            "DATA_DIR": folder.path + "/data",
        ]
        do {
            try await body(settings)
            await schema.drop()
        } catch {
            await schema.drop()
            throw error
        }
    }

    private func start(_ settings: [String: String]) async throws -> (TestProcess, port: UInt16, UInt16) {
        let process = try TestProcess(Self.executable, environment: settings)
        let output = try await process.read(until: "\"event\":\"service_ready\"")
        let line = try #require(output.split(separator: "\n").last { $0.contains("service_ready") })
        let record = try JSONValue.parse(String(line) + (line.hasSuffix("}") ? "" : try await process.read(until: "}")))
        return (
            process, UInt16(record["port"]?.int ?? 0), UInt16(record["internal_port"]?.int ?? 0)
        )
    }

    @Test("starts, answers, and ends with 0 when it is told to stop", arguments: [SIGTERM, SIGINT])
    func lifeCycle(signal: Int32) async throws {
        try await withSettings { settings in
            let (process, port, _) = try await start(settings)
            let answer = try await TestClient.request(port: port, "GET", "/health")
            #expect(answer.status == 200)
            process.signal(signal)
            let (output, status) = try await process.finish()
            #expect(status == 0)
            #expect(output.contains("service_stopped"))
        }
    }

    @Test("shows its settings to no other process of its user")
    func hidden() async throws {
        try await withSettings { settings in
            let folder = try ThrowAwayDirectory()
            defer { folder.remove() }
            let program = try await OrdinaryUser.own(folder, programs: [Self.executable])[0]
            // The folder is not this user's.
            let key = ["KEY_ENCRYPTION_KEY": Base64.encode(SealingKey.generate().bytes)]
            let settings = settings.merging(key) { $1 }
            let process = try OrdinaryUser.start(program, environment: settings)
            _ = try await process.read(until: "\"event\":\"service_ready\"")
            let look = "cat /proc/\(process.pid)/environ; cat /proc/\(process.pid)/stat"
            let (output, _) = try await OrdinaryUser.start("/bin/sh", ["-c", look]).finish()
            #expect(output.contains("environ: Permission denied"))
            #expect(output.contains("\(process.pid) (gateway)"))
        }
    }

    @Test("outlives its terminal when it was started to")
    func noHangUp() async throws {
        try await withSettings { settings in
            let process = try TestProcess("nohup", [Self.executable], environment: settings)
            _ = try await process.read(until: "\"event\":\"service_ready\"")
            process.signal(SIGHUP)
            process.signal(SIGTERM)
            let (output, status) = try await process.finish()
            #expect(status == 0)
            #expect(output.contains("\"signal\":\(SIGTERM)") && !output.contains("\"signal\":\(SIGHUP)}"))
        }
    }

    @Test("reads its table of routes again when it hears SIGHUP, and keeps the old one when the new one is wrong")
    func reload() async throws {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let table = "\(folder.path)/routes"
        try RoutedGateway.write("GET /before asr open\n", to: table)
        try await withSettings { settings in
            let (process, port, _) = try await start(settings.merging(["ROUTES_FILE": table]) { $1 })
            func status(_ path: String) async throws -> Int {
                try await TestClient.request(port: port, "GET", path).status
            }
            #expect(try await status("/before") == 503)
            #expect(try await status("/after") == 404)
            try RoutedGateway.write("GET /after asr open\n", to: table)
            process.signal(SIGHUP)
            _ = try await process.read(until: "routes_reloaded")
            #expect(try await status("/before") == 404)
            #expect(try await status("/after") == 503)
            try RoutedGateway.write("GET /wrong nobody\n", to: table)
            process.signal(SIGHUP)
            let said = try await process.read(until: "routes_not_reloaded")
            #expect(!said.contains("service_draining"))
            #expect(try await status("/after") == 503)
            process.signal(SIGTERM)
            #expect(try await process.finish().status == 0)
        }
    }

    @Test("speaks TLS, tells services so, and takes a new certificate when it hears SIGHUP, but no wrong one")
    func certificates() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let folder = certificate.folder.path
        try await certificate.make("next", serial: 2)
        try RoutedGateway.write("GET /seen asr open\n", to: folder + "/routes")
        try await withService({ routes in
            routes.on(.get, "/seen") { request in .text(request.headers["x-forwarded-proto"] ?? "nothing") }
        }) { url in
            try await withSettings { settings in
                let tls = [
                    "TLS_CERTIFICATE_FILE": certificate.certificate, "TLS_KEY_FILE": certificate.key,
                    "TLS_HSTS_SECONDS": "3600", "ROUTES_FILE": folder + "/routes", "ASR_URL": url,
                ]
                let (process, port, internalPort) = try await start(settings.merging(tls) { $1 })
                func curl(trusting file: String) async throws -> (String, Int32) {
                    try await TestProcess.run(
                        "curl", ["-sSi", "--max-time", "20", "--cacert", file, "https://localhost:\(port)/seen"])
                }
                let (first, _) = try await curl(trusting: certificate.certificate)
                #expect(first.hasSuffix("\r\n\r\nhttps"), "\(first)")
                #expect(first.contains("strict-transport-security: max-age=3600"))
                #expect(try await TestClient.request(port: internalPort, "GET", "/health").status == 200)

                let old = folder + "/old.pem"
                #expect(rename(certificate.certificate, old) == 0)
                try RoutedGateway.write("nothing\n", to: certificate.certificate)
                process.signal(SIGHUP)
                let said = try await process.read(until: "routes_reloaded")
                #expect(said.contains("certificate_not_reloaded") && said.contains("holds no certificate"))
                let (kept, _) = try await curl(trusting: old)
                #expect(kept.hasSuffix("https"), "\(kept)")

                #expect(rename(folder + "/next.pem", certificate.certificate) == 0)
                #expect(rename(folder + "/next.key", certificate.key) == 0)
                process.signal(SIGHUP)
                _ = try await process.read(until: "certificate_reloaded")
                let (renewed, _) = try await curl(trusting: certificate.certificate)
                #expect(renewed.hasSuffix("https"), "\(renewed)")
                #expect(try await curl(trusting: old).1 == 60)
                process.signal(SIGTERM)
                #expect(try await process.finish().status == 0)
            }
        }
    }

    @Test(
        "holds an idle connection over TLS in 40 KiB",
        .enabled(if: Sanitizers.heldMemory == 0, "the address sanitizer holds more"))
    func idleConnections() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        try await withSettings { settings in
            let tls = ["TLS_CERTIFICATE_FILE": certificate.certificate, "TLS_KEY_FILE": certificate.key]
            let (process, port, _) = try await start(settings.merging(tls) { $1 })
            let (output, status) = try await TestProcess.run(
                TestPython.path ?? "python3", ["-c", Self.idleClients],
                environment: ["PORT": "\(port)", "PID": "\(process.pid)"])
            #expect(status == 0, "\(output)")
            let each = try #require(Int(output.split(separator: "\n").last ?? ""))
            #expect(each > 0 && each <= 40 * 1024, "\(each) bytes a connection")
            process.signal(SIGTERM)
            #expect(try await process.finish().status == 0)
        }
    }

    /// Prints by how much the process grows for each of 500 connections, which all are answered afterwards.
    private static let idleClients = """
        import os, socket, ssl, time
        trusting = ssl._create_unverified_context()
        def ask(client):
            client.sendall(b"GET /health HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        def several(count):
            made = []
            for _ in range(count):
                made.append(trusting.wrap_socket(socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), 20)))
                ask(made[-1])
            # Parked after a second.
            time.sleep(1.5)
            return made
        def resident():
            return int(open("/proc/%s/statm" % os.environ["PID"]).read().split()[1]) * os.sysconf("SC_PAGESIZE")
        few = several(20)
        before = resident()
        many = several(500)
        after = resident()
        for client in few + many:
            ask(client)
        print((after - before) // 500)
        """

    @Test("passes requests on that come in HTTP/2, and offers it to nobody when it is told not to")
    func http2() async throws {
        let certificate = try await TestCertificate()
        defer { certificate.remove() }
        let folder = certificate.folder.path
        try RoutedGateway.write("* /asr/** asr open body=8MiB\n", to: folder + "/routes")
        try Data((0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(
            to: URL(fileURLWithPath: folder + "/body"))
        try Data(count: 9 << 20).write(to: URL(fileURLWithPath: folder + "/large"))
        try await withService({ routes in
            routes.on(.put, "/asr/echo") { request in
                Response(
                    contentType: .bytes,
                    body: .stream(length: nil) { writer in
                        for try await block in request.body { try await writer.write(block) }
                    })
            }
            routes.on(.get, "/asr/broken") { _ in
                Response(
                    body: .stream(length: 100) { writer in
                        try await writer.write("only a part")
                        throw CancellationError()
                    })
            }
        }) { url in
            try await withSettings { settings in
                let tls = [
                    "TLS_CERTIFICATE_FILE": certificate.certificate, "TLS_KEY_FILE": certificate.key,
                    "ROUTES_FILE": folder + "/routes", "ASR_URL": url,
                ]
                func curl(
                    _ port: UInt16, _ path: String, _ arguments: String...
                ) async throws -> (output: String, status: Int32) {
                    let common = ["-sS", "--http2", "--max-time", "20", "--cacert", certificate.certificate]
                    return try await TestProcess.run(
                        "curl", common + arguments + ["https://localhost:\(port)\(path)"])
                }
                let (process, port, _) = try await start(settings.merging(tls) { $1 })
                let said = "%{http_version} %{response_code}"
                let echo = try await curl(
                    port, "/asr/echo", "-T", folder + "/body", "-o", folder + "/back", "-w", said)
                #expect(echo.output == "2 200", "\(echo)")
                let (sent, back) = (try Data(contentsOf: URL(fileURLWithPath: folder + "/body")), folder + "/back")
                #expect(try Data(contentsOf: URL(fileURLWithPath: back)) == sent)
                // A stream that breaks off is none that ended.
                let broken = try await curl(port, "/asr/broken")
                #expect(broken.status == 92, "\(broken)")
                let large = try await curl(
                    port, "/asr/echo", "-T", folder + "/large", "-w", said)
                #expect(large.output.hasSuffix("2 413"), "\(large)")
                process.signal(SIGTERM)
                #expect(try await process.finish().status == 0)

                let (old, oldPort, _) = try await start(
                    settings.merging(tls) { $1 }.merging(["TLS_HTTP2": "false"]) { $1 })
                let answer = try await curl(oldPort, "/health", "-w", said)
                #expect(answer.output.hasSuffix("1.1 200"), "\(answer)")
                old.signal(SIGTERM)
                #expect(try await old.finish().status == 0)
            }
        }
    }

    @Test("wants both files of TLS or neither, and says why it cannot use them")
    func wrongCertificates() async throws {
        let half = try await TestProcess.run(
            Self.executable, environment: ["TLS_KEY_FILE": "/x", "DATABASE_URL": "postgresql://x/y"])
        #expect(half.status == 1)
        #expect(half.output.contains("expected both or neither"))
        let absent = try await TestProcess.run(
            Self.executable,
            environment: [
                "TLS_KEY_FILE": "/x", "TLS_CERTIFICATE_FILE": "/y", "DATABASE_URL": "postgresql://x/y",
                "LOG_LEVEL": "error",
            ])
        #expect(absent.status == 1)
        #expect(absent.output.hasPrefix("gateway: cannot start: /y cannot be opened"))
    }

    @Test("says in one line that its port is taken")
    func takenPort() async throws {
        try await withSettings { settings in
            let (process, port, _) = try await start(settings)
            let second = try await TestProcess.run(
                Self.executable, environment: settings.merging(["PORT": "\(port)", "LOG_LEVEL": "error"]) { $1 })
            #expect(second.status == 1)
            #expect(second.output == "gateway: cannot start: port \(port) on 127.0.0.1 is taken\n")
            process.signal(SIGTERM)
            _ = try await process.finish()
        }
    }

    @Test("says in one line which setting is wrong")
    func wrongSetting() async throws {
        let result = try await TestProcess.run(
            Self.executable, environment: ["PORT": "80a", "DATABASE_URL": "postgresql://x/y"])
        #expect(result.status == 1)
        #expect(result.output == "settings: PORT is \"80a\": expected a whole number from 0 to 65535\n")
    }

    @Test("prints its settings for --help and --check-config")
    func options() async throws {
        let help = try await TestProcess.run(Self.executable, ["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("INTERNAL_PORT"))
        let check = try await TestProcess.run(
            Self.executable, ["--check-config"],
            environment: ["PORT": "1234", "GATEWAY_PROT": "1", "DATABASE_URL": "postgresql://x/y"])
        #expect(check.status == 0)
        #expect(check.output.contains("1234"))
        #expect(check.output.contains("did you mean GATEWAY_PORT?"))
    }

    @Test("probes itself: 0 while it runs, 1 when it does not")
    func probe() async throws {
        try await withSettings { settings in
            let (process, _, internalPort) = try await start(settings)
            let environment = settings.merging(["INTERNAL_PORT": "\(internalPort)"]) { $1 }
            let alive = try await TestProcess.run(Self.executable, ["--probe"], environment: environment)
            #expect(alive.status == 0)
            process.signal(SIGKILL)
            _ = try await process.finish()
            let dead = try await TestProcess.run(Self.executable, ["--probe"], environment: environment)
            #expect(dead.status == 1)
            #expect(dead.output == "gateway: not alive at 127.0.0.1:\(internalPort): Connection refused\n")
        }
    }

    @Test("probes the address that the internal port listens on", arguments: ["127.0.0.2", "0.0.0.0", "localhost"])
    func probeAddress(host: String) async throws {
        try await withSettings { settings in
            let (process, _, internalPort) = try await start(settings.merging(["INTERNAL_HOST": host]) { $1 })
            let environment = settings.merging(["INTERNAL_PORT": "\(internalPort)", "INTERNAL_HOST": host]) { $1 }
            let alive = try await TestProcess.run(Self.executable, ["--probe"], environment: environment)
            #expect(alive.status == 0 && alive.output.isEmpty)
            process.signal(SIGTERM)
            _ = try await process.finish()
        }
    }

    @Test("says that a probe of any free port asks nobody")
    func probeOfNoPort() async throws {
        let result = try await TestProcess.run(
            Self.executable, ["--probe"], environment: ["INTERNAL_PORT": "0", "DATABASE_URL": "postgresql://x/y"])
        #expect(result.status == 1)
        #expect(result.output.contains("INTERNAL_PORT is 0") && result.output.split(separator: "\n").count == 1)
    }

    @Test("keeps its keys when it is killed and started again, also those that it was killed while making")
    func killed() async throws {
        try await withSettings { settings in
            let headers: Headers = ["content-type": "application/json"]
            let body = Array(#"{"keycloak_id":"k","username":"u","email":"u@x"}"#.utf8)
            // Killed at any time of its start, it starts the next time.
            for delay in [0, 5, 20, 60, 120, 250] {
                let process = try TestProcess(Self.executable, environment: settings)
                try await Task.sleep(for: .milliseconds(delay))
                process.signal(SIGKILL)
                _ = try await process.finish()
            }
            let (first, port, _) = try await start(settings)
            let answer = try await TestClient.request(
                port: port, "POST", "/api/auth/login", headers: headers, body: body)
            let token = try #require(try JSONValue.parse(answer.body)["token"]?.string)
            first.signal(SIGKILL)
            _ = try await first.finish()
            let (second, secondPort, _) = try await start(settings)
            let me = try await TestClient.request(
                port: secondPort, "GET", "/api/auth/me", headers: ["authorization": "Bearer \(token)"])
            #expect(me.status == 200)
            second.signal(SIGTERM)
            _ = try await second.finish()

            let other = settings.merging(["KEY_ENCRYPTION_KEY": Base64.encode(SealingKey.generate().bytes)]) { $1 }
            let refused = try await TestProcess.run(Self.executable, environment: other)
            #expect(refused.status == 1)
            #expect(
                refused.output.contains("cannot start: the signing keys in the database are encrypted with another key")
            )
        }
    }
}
