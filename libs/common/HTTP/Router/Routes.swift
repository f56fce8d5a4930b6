import Telemetry

/// Collects routes at start; `build` makes the router.
public struct Routes {
    private var tree = RouteTree<Router.Methods>()
    private var operations: [Operation] = []
    private var middleware: [any Middleware] = []
    private var prefix = ""
    /// Written by `build`, when all routes are declared.
    var documents: [DeferredDocument] = []
    private let metrics: Metrics
    private var otherwise: ReplaceableRoutes?
    private var finish: (@Sendable (borrowing Request, inout Response) -> Void)?

    public init(metrics: Metrics) {
        self.metrics = metrics
    }

    /// Adds a route that reads and answers as it likes; `operation` describes it in the OpenAPI document.
    public mutating func on(
        _ method: Method, _ path: String, _ operation: Operation? = nil, handler: @escaping Handler
    ) {
        let pattern = fullPath(path)
        var wrapped = handler
        for layer in middleware.reversed() {
            let next = wrapped
            wrapped = { request in try await layer.respond(to: request, next: next) }
        }
        let route = Router.Route(
            handler: wrapped, metrics: RouteMetrics(metrics, method: method.rawValue, route: pattern.text),
            parameterNames: pattern.parameterNames + (pattern.segments.last == .rest ? ["**"] : []))
        tree.update(pattern, default: { Router.Methods() }) { methods in
            precondition(!methods.contains(method), "\(method.rawValue) \(pattern.text) is declared twice")
            methods = methods.adding(method, route)
        }
        if var operation {
            operation.method = method
            operation.path = pattern.text
            if operation.parameters.isEmpty {
                operation.parameters = ParameterSchema.undeclared(pattern, besides: [])
            }
            operations.append(operation)
        }
    }

    func fullPath(_ path: String) -> PathPattern { PathPattern(prefix + path) }

    /// Declares routes that share a prefix and middleware.
    public mutating func group(
        _ prefix: String = "", middleware: [any Middleware] = [], _ declare: (inout Routes) -> Void
    ) {
        let outer = (self.prefix, self.middleware)
        self.prefix += prefix
        self.middleware += middleware
        declare(&self)
        (self.prefix, self.middleware) = outer
    }

    /// Who answers paths that are not declared here.
    public mutating func otherwise(_ routes: ReplaceableRoutes) {
        otherwise = routes
    }

    /// Called with every answer before it is sent, also with errors, except to requests that could not be read.
    public mutating func finishing(_ body: @escaping @Sendable (borrowing Request, inout Response) -> Void) {
        guard let first = finish else { return finish = body }
        finish = { request, response in
            first(request, &response)
            body(request, &response)
        }
    }

    public func build(logger: Logger) -> Router {
        for document in documents { document.write(operations) }
        return Router(
            tree: tree, operations: operations,
            unmatched: RouteMetrics(metrics, method: "any", route: "unmatched"), logger: logger, otherwise: otherwise,
            finish: finish)
    }
}
