import HTTP
import Loop
import Service
import Telemetry

/// The routing half of the gateway: services, their health, the table in force.
final class Routing<Check: CallerCheck>: Sendable {
    let upstreams: [Upstream]
    private let source: RouteSource
    private let cors: CORSRules
    private let documents: ServiceDocuments
    private let board: RouteBoard<Check>
    private let client: HTTPClient
    private let checks: HealthChecks
    private let logger: Logger

    /// `isSecure` says whether clients reach the gateway over TLS, its own or that of a proxy before it.
    init(_ settings: RoutingSettings, check: Check, isSecure: Bool, _ context: ServiceContext) async throws {
        source = RouteSource(settings, context.blocking)
        cors = settings.cors
        logger = context.logger
        let upstreams = RoutingSettings.services.compactMap { name in
            settings.addresses[name].map {
                Upstream(name, origins: $0, limits: settings.upstreams, metrics: context.metrics)
            }
        }
        self.upstreams = upstreams
        client = HTTPClient(limits: settings.client, timeouts: settings.timeouts, blocking: context.blocking)
        let parts = RouteBoard<Check>.Parts(
            upstreams: Dictionary(uniqueKeysWithValues: upstreams.map { ($0.name, $0) }), client: client, check: check,
            forwarded: ForwardedFields(addresses: ClientAddress(trusted: settings.trustedProxies), isSecure: isSecure),
            cors: settings.cors,
            timeouts: settings.timeouts, bodyLimit: settings.bodyLimit, metrics: context.metrics, logger: context.logger
        )
        let board = RouteBoard(try await source.table(), parts)
        self.board = board
        documents = ServiceDocuments(upstreams, client: client, loops: context.loops, logger: context.logger) {
            path, service in
            board.leads(path, to: service)
        }
        checks = HealthChecks(upstreams, settings.checks, logger: context.logger)
        checks.start(on: context.loops)
    }

    /// `document` is the gateway's own, to which those of the services are added.
    func declare(_ routes: inout Routes, document: DeferredDocument? = nil) {
        routes.otherwise(board.routes)
        if let document {
            let documents = documents
            routes.on(.get, "/openapi.json") { _ in .json(bytes: try await documents.bytes(own: document.bytes)) }
        }
        let cors = cors
        routes.finishing { request, response in
            SecurityFields.complete(&response)
            cors.complete(&response, to: request)
        }
    }

    /// Each service by name. The gateway goes on without any of them.
    var readinessChecks: [ReadinessCheck] {
        RoutingSettings.services.map { name in
            let upstream = upstreams.first { $0.name == name }
            return ReadinessCheck(showing: name) { upstream?.standing ?? ReadinessState(.notConfigured) }
        }
    }

    /// Reads the table again. One that is wrong changes nothing.
    func reload() async {
        do {
            let table = try await source.table()
            board.replace(table)
            logger.info("routes_reloaded", ["routes": .int(table.routes.count)])
        } catch {
            logger.error("routes_not_reloaded", ["reason": .string("\(error)")])
        }
    }

    func stop() async {
        await checks.stop()
        await documents.stop()
        client.shutDown()
    }
}
