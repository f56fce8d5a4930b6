import JSON
import Telemetry

public typealias Handler = @Sendable (Request) async throws -> Response

/// Wraps every handler of a group: authentication, limits, idempotency.
public protocol Middleware: Sendable {
    func respond(to request: Request, next: Handler) async throws -> Response
}

/// Sends each request to its route. HEAD, OPTIONS, 404 and 405 with `Allow` are answered here, and every error becomes
/// a response in the one shape.
public struct Router: Responder {
    struct Route: Sendable {
        let handler: Handler
        let metrics: RouteMetrics
        let parameterNames: [String]
    }

    struct Methods: Sendable {
        var routes: [(method: Method, route: Route)] = []
        var options: RouteMetrics?
        var allow = ""

        func route(_ method: Method) -> Route? {
            for entry in routes where entry.method == method { return entry.route }
            return nil
        }
    }

    private let tree: RouteTree<Methods>
    private let unmatched: RouteMetrics
    private let logger: Logger
    /// What the routes declare, for the OpenAPI document.
    public let operations: [Operation]

    init(tree: RouteTree<Methods>, operations: [Operation], unmatched: RouteMetrics, logger: Logger) {
        self.tree = tree
        self.operations = operations
        self.unmatched = unmatched
        self.logger = logger
    }

    public func respond(to request: Request) async -> Response {
        var request = request
        guard !request.target.isAsterisk else { return counted(Response(.noContent), unmatched) }
        // A path with escapes is matched as sent: literals hold none, and parameters are decoded when asked for.
        let match = request.headers.bytes.withUnsafeBytes { tree.match($0, request.target.path) }
        guard let match else { return counted(ServiceError.notFound().response(request.id), unmatched) }
        let methods = match.value
        guard let route = methods.route(request.method) ?? (request.method == .head ? methods.route(.get) : nil) else {
            return refuse(request, methods)
        }
        if !match.ranges.isEmpty {
            request.parameters = PathParameters(names: route.parameterNames, ranges: match.ranges)
        }
        do {
            return counted(try await route.handler(request), route.metrics)
        } catch {
            return counted(failure(error, request), route.metrics)
        }
    }

    private func counted(_ response: Response, _ metrics: RouteMetrics) -> Response {
        var response = response
        response.route = metrics
        return response
    }

    private func refuse(_ request: Request, _ methods: Methods) -> Response {
        if request.method == .options {
            return counted(Response(.noContent, headers: ["allow": methods.allow]), unmatched)
        }
        let error = ServiceError(
            .methodNotAllowed, "method_not_allowed", "this path answers \(methods.allow)",
            headers: ["allow": methods.allow])
        return counted(error.response(request.id), unmatched)
    }

    private func failure(_ error: any Error, _ request: Request) -> Response {
        let error = ServiceError(wrapping: error)
        if error.status.code >= 500 {
            logger.error(
                "request_failed",
                [
                    "request_id": .string(request.id.description), "code": .string(error.code),
                    "cause": .string(error.cause.map { String(describing: $0) } ?? error.message),
                ])
        }
        return error.response(request.id)
    }
}
