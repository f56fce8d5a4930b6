import HTTP
import JSON
import Loop
import Objects
import Telemetry
import TestKit

/// A disk store behind a real server, its URLs leading there.
struct ServedStore: Sendable {
    let store: DiskStore
    let port: UInt16

    static func with<Result: Sendable>(
        root: String, now: @escaping @Sendable () -> Timestamp = { .now },
        settings change: (inout DiskSettings) -> Void = { _ in }, _ body: (ServedStore) async throws -> Result
    ) async throws -> Result {
        // The port is only known once the server listens, and the endpoint is part of the store.
        let late = Locked<Router?>(nil)
        var routes = Routes(metrics: Metrics())
        for method in [Method.get, .put] {
            routes.on(method, "/objects/**") { request in
                guard let router = late.withLock({ $0 }) else { throw ServiceError.notFound() }
                return await router.respond(to: request)
            }
        }
        let server = Server(group: TestService.loops, router: routes.build(logger: .silent))
        let port = try await server.start(port: 0)
        var settings = DiskSettings.test(root, endpoint: "http://127.0.0.1:\(port)")
        change(&settings)
        let store = try DiskStore(settings, now: now)
        var inner = Routes(metrics: Metrics())
        inner.declare(ObjectRoutes(store))
        let router = inner.build(logger: .silent)
        late.withLock { $0 = router }
        do {
            let result = try await body(ServedStore(store: store, port: port))
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }
}
