import Loop

/// Routes behind those of a router, which may be exchanged for others while requests are answered.
///
///     let behind = ReplaceableRoutes(first.build(logger: logger))
///     routes.otherwise(behind)
///     behind.replace(second.build(logger: logger))
public final class ReplaceableRoutes: Sendable {
    private let router: Locked<Router>

    public init(_ router: Router) {
        self.router = Locked(router)
    }

    public func replace(_ router: Router) {
        self.router.withLock { $0 = router }
    }

    var current: Router { router.withLock { $0 } }
}
