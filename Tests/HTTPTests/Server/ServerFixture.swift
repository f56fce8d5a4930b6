import HTTP
import Loop
import Telemetry
import TestKit

/// Starts a server with the given routes on a free port, and stops it afterwards.
func withServer<Result>(
    group: EventLoopGroup = TestService.loops, limits: ServerLimits = ServerLimits(), metrics: Metrics = Metrics(),
    _ declare: (inout Routes) -> Void,
    body: (Server, UInt16) async throws -> Result
) async throws -> Result {
    var routes = Routes(metrics: metrics)
    declare(&routes)
    let server = Server(
        group: group, limits: limits, telemetry: ServerTelemetry(metrics: metrics),
        router: routes.build(logger: .silent))
    let port = try await server.start(port: 0)
    do {
        let result = try await body(server, port)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

/// A value that handlers write and tests read.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Locked<Value>

    init(_ value: Value) {
        mutex = Locked(value)
    }

    var value: Value { mutex.withLock { $0 } }

    func set(_ value: Value) {
        mutex.withLock { $0 = value }
    }

    func update(_ change: (inout sending Value) -> Void) {
        mutex.withLock { change(&$0) }
    }
}
