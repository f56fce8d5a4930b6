import Configuration
import HTTP
import Loop
import Service
import Telemetry

/// The routing half of the gateway: services, their health, the table in force.
final class Routing<Check: CallerCheck>: Sendable {
    let upstreams: [Upstream]
    private let settings: RoutingSettings
    private let board: RouteBoard<Check>
    private let client: HTTPClient
    private let checks: HealthChecks
    private let blocking: BlockingPool
    private let logger: Logger

    /// Why a table cannot be used.
    struct UnusableTable: Error, CustomStringConvertible {
        let description: String
    }

    /// `isSecure` says whether clients reach the gateway over TLS, its own or that of a proxy before it.
    init(_ settings: RoutingSettings, check: Check, isSecure: Bool, _ context: ServiceContext) async throws {
        self.settings = settings
        blocking = context.blocking
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
        board = RouteBoard(try await Self.table(settings, blocking), parts)
        checks = HealthChecks(upstreams, settings.checks, logger: context.logger)
        checks.start(on: context.loops)
    }

    func declare(_ routes: inout Routes) {
        routes.otherwise(board.routes)
        let cors = settings.cors
        guard !cors.isOff else { return }
        routes.finishing { request, response in
            response.headers.append(contentsOf: cors.fields(for: request.headers["origin"]))
        }
    }

    /// Reads the table again. One that is wrong changes nothing.
    func reload() async {
        do {
            let table = try await Self.table(settings, blocking)
            board.replace(table)
            logger.info("routes_reloaded", ["routes": .int(table.routes.count)])
        } catch {
            logger.error("routes_not_reloaded", ["reason": .string("\(error)")])
        }
    }

    func stop() async {
        await checks.stop()
        client.shutDown()
    }

    private static func table(_ settings: RoutingSettings, _ blocking: BlockingPool) async throws -> RouteTable {
        var text = DefaultRoutes.text
        if let path = settings.routesFile {
            text = try await blocking.run { () throws(UnusableTable) in
                do throws(SettingFile.Failure) {
                    return try SettingFile.read(path)
                } catch {
                    throw UnusableTable(description: "\(path) \(error.reason)")
                }
            }
        }
        do throws(RouteTable.Malformed) {
            return try RouteTable(parsing: text, services: Set(RoutingSettings.services))
        } catch {
            throw UnusableTable(description: "\(settings.routesFile ?? "the built-in table"): \(error)")
        }
    }
}
