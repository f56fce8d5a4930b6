import Glibc
import HTTP
import Loop
import Telemetry

/// The server under measurement, with router, metrics and request ids on, as every service has them.
@main
struct BenchServer {
    static func main() async throws {
        Signals.ignoreBrokenPipes()
        let arguments = CommandLine.arguments
        let port = UInt16(arguments.dropFirst().first ?? "0") ?? 0
        let group = try EventLoopGroup(count: Int(arguments.dropFirst(2).first ?? "1") ?? 1)
        let metrics = Metrics()
        var routes = Routes(metrics: metrics)
        routes.on(.get, "/hello") { _ in
            .json(bytes: Array(#"{"id":"job_01","status":"queued","progress":0}"#.utf8))
        }
        let server = Server(group: group, telemetry: ServerTelemetry(metrics: metrics), router: routes.build(logger: .silent))
        _ = try await server.start(port: port)
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
