import Configuration
import HTTP
import Loop
import Service
import Telemetry

/// A service under test: in this process, on free ports, with a schema and a store of its own, gone afterwards.
///
///     try await TestService.with(GatewayService.self) { gateway in
///         let answer = try await gateway.get("/health")
///         #expect(answer.status == 200)
///     }
public struct TestService: Sendable {
    public let running: RunningService
    public let log: MemorySink
    public let schema: ThrowAwaySchema?
    public let directory: ThrowAwayDirectory

    /// Shared by all tests of the process: loops are made once and never stopped.
    public static let loops: EventLoopGroup = {
        do { return try EventLoopGroup(count: 2, name: "test") } catch { fatalError("cannot start loops: \(error)") }
    }()

    /// Starts the service with settings on top of those that a test needs anyway, runs `body`, and takes it all down.
    public static func with<Program: ServiceProgram, Result>(
        _ program: Program.Type, settings: [String: String] = [:], body: (TestService) async throws -> Result
    ) async throws -> Result {
        let directory = try ThrowAwayDirectory()
        defer { directory.remove() }
        let schema = try await ThrowAwaySchema.make()
        var environment = ["PORT": "0", "INTERNAL_PORT": "0", "DATA_DIR": directory.path]
        environment["DATABASE_URL"] = schema?.url
        environment.merge(settings) { $1 }
        let log = MemorySink()
        do {
            let configuration = try TestSettings.read(Program.self, environment)
            let running = try await RunningService.start(
                program, configuration, logger: Logger(sink: log, level: .debug), loops: loops)
            let service = TestService(running: running, log: log, schema: schema, directory: directory)
            do {
                let result = try await body(service)
                await running.stop()
                await schema?.drop()
                return result
            } catch {
                await running.stop()
                throw error
            }
        } catch {
            await schema?.drop()
            throw error
        }
    }

    public var baseURL: String { "http://127.0.0.1:\(running.port)" }

    public func get(_ path: String, headers: Headers = [:]) async throws -> TestAnswer {
        try await request("GET", path, headers: headers)
    }

    public func request(
        _ method: String, _ path: String, headers: Headers = [:], body: [UInt8] = []
    ) async throws -> TestAnswer {
        try await TestClient.request(port: running.port, method, path, headers: headers, body: body)
    }
}

/// A test's settings, read as the service itself would.
public enum TestSettings {
    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    public static func read<Program: ServiceProgram>(
        _ program: Program.Type, _ environment: [String: String]
    ) throws -> Program.Configuration {
        switch SettingsCommand(program).run(Program.Configuration.self, arguments: [], environment: environment) {
        case .start(let configuration, _): return configuration
        case .finish(let text, _): throw Wrong(description: text)
        case .probe, .command: throw Wrong(description: "neither a probe nor a command starts anything")
        }
    }
}
