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
