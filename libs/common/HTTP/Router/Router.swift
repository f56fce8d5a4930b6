import JSON
import Telemetry

public typealias Handler = @Sendable (Request) async throws -> Response

/// Wraps every handler of a group: authentication, limits, idempotency.
public protocol Middleware: Sendable {
    func respond(to request: Request, next: Handler) async throws -> Response
}

/// Sends each request to its route. HEAD, OPTIONS, 404 and 405 with `Allow` are answered here, and every error becomes
/// a response in the one shape.
public final class Router: Sendable {
    final class Route: Sendable {
        let handler: Handler
        let metrics: RouteMetrics
        let parameterNames: [String]

        init(handler: @escaping Handler, metrics: RouteMetrics, parameterNames: [String]) {
            self.handler = handler
            self.metrics = metrics
            self.parameterNames = parameterNames
        }
    }

    /// What one path answers, by method. An object, so that a match hands on one reference.
    final class Methods: Sendable {
        private let routes: [(method: Method, route: Route)]

        init(_ routes: [(method: Method, route: Route)] = []) {
            self.routes = routes
        }

        func contains(_ method: Method) -> Bool { routes.contains { $0.method == method } }

        func adding(_ method: Method, _ route: Route) -> Methods { Methods(routes + [(method, route)]) }

        /// HEAD is answered as GET, without the body.
        func route(for method: Method) -> Route? {
            for entry in routes where entry.method == method { return entry.route }
            return method == .head ? route(for: .get) : nil
        }

        var allow: String {
            Method.allCases.filter { $0 == .options || route(for: $0) != nil }.map(\.rawValue).joined(separator: ", ")
        }
    }

    private let tree: RouteTree<Methods>
    private let nothing: Route
    private let options: Route
    private let logger: Logger
    private let otherwise: ReplaceableRoutes?
    /// Said of every answer, those that are errors, too.
    let finish: (@Sendable (_ request: borrowing Request, _ response: inout Response) -> Void)?
    /// What the routes declare, for the OpenAPI document.
    public let operations: [Operation]

    init(
        tree: RouteTree<Methods>, operations: [Operation], unmatched: RouteMetrics, logger: Logger,
        otherwise: ReplaceableRoutes?, finish: (@Sendable (borrowing Request, inout Response) -> Void)?
    ) {
        self.tree = tree
        self.otherwise = otherwise
        self.finish = finish
        self.operations = operations
        nothing = Route(handler: { _ in throw ServiceError.notFound() }, metrics: unmatched, parameterNames: [])
        options = Route(handler: { _ in Response(.noContent) }, metrics: unmatched, parameterNames: [])
        self.logger = logger
    }

    /// Chooses the route of a request. What no route answers gets one that says so.
    func route(for request: inout Request) -> Route {
        guard !request.target.isAsterisk else { return options }
        // A path with escapes is matched as sent: literals hold none, and parameters are decoded when asked for.
        let match = request.headers.bytes.withUnsafeBytes { tree.match($0, request.target.path) }
        guard let match else { return otherwise?.current.route(for: &request) ?? nothing }
        guard let route = match.value.route(for: request.method) else { return refusal(request, match.value.allow) }
        if !match.ranges.isEmpty {
            request.parameters = PathParameters(names: route.parameterNames, ranges: match.ranges)
        }
        return route
    }

    /// Answers a request without a server, for tests and for routers inside others.
    public func respond(to request: Request) async -> Response {
        var request = request
        let route = route(for: &request)
        var response: Response
        do {
            response = try await route.handler(request)
        } catch {
            response = failure(error, request)
        }
        finish?(request, &response)
        response.route = route.metrics
        return response
    }

    private func refusal(_ request: borrowing Request, _ allow: String) -> Route {
        let isOptions = request.method == .options
        return Route(
            handler: { _ in
                if isOptions { return Response(.noContent, headers: ["allow": allow]) }
                throw ServiceError(
                    .methodNotAllowed, "method_not_allowed", "this path answers \(allow)", headers: ["allow": allow])
            }, metrics: nothing.metrics, parameterNames: [])
    }

    func failure(_ error: any Error, _ request: Request) -> Response {
        let error = ServiceError(wrapping: error)
        if error.status.code >= 500 {
            logger.error(
                "request_failed",
                [
                    "request_id": .requestID(request.id), "code": .string(error.code),
                    "cause": .string(error.cause.map { String(describing: $0) } ?? error.message),
                ])
        }
        return error.response(request.id)
    }
}
