import HTTP
import Loop
import Telemetry

/// The table that is in force, as a router: replaced as a whole, between two requests.
final class RouteBoard<Check: CallerCheck>: Sendable {
    struct Parts: Sendable {
        let upstreams: [String: Upstream]
        let client: HTTPClient
        let check: Check
        let forwarded: ForwardedFields
        let cors: CORSRules
        let timeouts: ClientTimeouts
        let bodyLimit: Int
        let metrics: Metrics
        let logger: Logger
    }

    let routes: ReplaceableRoutes
    private let parts: Parts
    private let table: Locked<RouteTable>

    init(_ table: RouteTable, _ parts: Parts) {
        self.parts = parts
        self.table = Locked(table)
        routes = ReplaceableRoutes(Self.router(table, parts))
    }

    /// Requests under way keep the table that they came under.
    func replace(_ table: RouteTable) {
        routes.replace(Self.router(table, parts))
        self.table.withLock { $0 = table }
    }

    /// Whether a path of a service's document, `/jobs/{id}`, is one that leads there.
    func leads(_ path: String, to service: String) -> Bool {
        table.withLock { $0 }.routes.contains { route in
            route.service == service && route.patterns.contains { covers($0, path) }
        }
    }

    private func covers(_ pattern: String, _ path: String) -> Bool {
        guard !pattern.hasSuffix("/**") else { return path.hasPrefix(pattern.dropLast(2)) }
        let (segments, others) = (pattern.split(separator: "/"), path.split(separator: "/"))
        return segments.count == others.count
            && zip(segments, others).allSatisfy { $0 == $1 || $0.hasPrefix("{") && $1.hasPrefix("{") }
    }

    private static func router(_ table: RouteTable, _ parts: Parts) -> Router {
        var routes = Routes(metrics: parts.metrics)
        for route in table.routes {
            var route = route
            route.bodyLimit = route.bodyLimit ?? parts.bodyLimit
            let forwarder = Forwarder(
                route: route, upstream: parts.upstreams[route.service], client: parts.client, check: parts.check,
                limits: RouteLimits(route, timeouts: parts.timeouts), forwarded: parts.forwarded, cors: parts.cors)
            for pattern in route.patterns {
                for method in route.methods ?? Set(Method.allCases) {
                    routes.on(method, pattern) { try await forwarder.handle($0) }
                }
            }
        }
        return routes.build(logger: parts.logger)
    }
}
