import HTTP
import Loop
import Telemetry
import TestKit

/// Starts a server that speaks TLS on a free port, and stops it afterwards.
@discardableResult
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
