import Configuration
import Glibc
import HTTP
import Loop
import Service
import Telemetry
import TestKit

@testable import Gateway

/// Callers who say themselves who they are: `Authorization: Bearer NAME` or `NAME:ROLE`.
struct BelievingCheck: CallerCheck {
    func verify(_ headers: Headers) throws(ServiceError) -> RouteCaller? {
        guard let value = headers["authorization"] else { return nil }
        let parts = value.dropFirst("Bearer ".count).split(separator: ":")
        guard value.hasPrefix("Bearer "), let name = parts.first, name != "wrong" else {
            throw ServiceError(.unauthorized, "token_malformed", "no token", headers: ["www-authenticate": "Bearer"])
        }
        return RouteCaller(id: String(name), roles: parts.dropFirst().map(String.init))
    }

    func caller(_ verified: RouteCaller) -> RouteCaller { verified }

    func passport(of verified: RouteCaller, to service: String) -> Headers {
        ["authorization": "Bearer internal-\(verified.id)-for-\(service)"]
    }
}

/// The routing half of a gateway in this process.
struct RoutedGateway {
    let port: UInt16
    let routing: Routing<BelievingCheck>
    let log: MemorySink
    let metrics: Metrics

    static func with<Result>(
        routes: String, settings: [String: String] = [:], limits: ServerLimits = ServerLimits(),
        body: (RoutedGateway) async throws -> Result
    ) async throws -> Result {
        let folder = try ThrowAwayDirectory()
        defer { folder.remove() }
        let path = "\(folder.path)/routes"
        try write(routes, to: path)
        var reader = SettingsReader(prefix: "GATEWAY", environment: settings.merging(["ROUTES_FILE": path]) { $1 })
        let configuration = RoutingSettings(&reader)
        let log = MemorySink()
        let logger = Logger(sink: log, level: .debug)
        let metrics = Metrics()
        let context = ServiceContext(
            logger: logger, metrics: metrics, loops: TestService.loops, blocking: BlockingPool(maximumThreads: 4),
            tracing: Tracing())
        let routing = try await Routing(configuration, check: BelievingCheck(), isSecure: false, context)
        var declared = Routes(metrics: metrics)
        routing.declare(&declared)
        let server = Server(group: TestService.loops, limits: limits, router: declared.build(logger: logger))
        let port = try await server.start(port: 0)
        do {
            let gateway = RoutedGateway(port: port, routing: routing, log: log, metrics: metrics)
            let result = try await body(gateway)
            await server.stop()
            await routing.stop()
            return result
        } catch {
            await server.stop()
            await routing.stop()
            throw error
        }
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw TestProcess.Failed(description: "cannot write \(path)") }
        fputs(text, file)
        fclose(file)
    }

    func request(
        _ method: String, _ path: String, headers: Headers = ["authorization": "Bearer ann"], body: [UInt8] = []
    ) async throws -> TestAnswer {
        try await TestClient.request(port: port, method, path, headers: headers, body: body)
    }
}

/// A service behind the gateway: our own server, with any routes.
func withService<Result>(
    _ declare: (inout Routes) -> Void, body: (_ url: String) async throws -> Result
) async throws -> Result {
    var routes = Routes(metrics: Metrics())
    routes.on(.get, "/health") { _ in .text("ok") }
    declare(&routes)
    let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
    let port = try await server.start(port: 0)
    do {
        let result = try await body("http://127.0.0.1:\(port)")
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
