import CLinux
import HTTP
import JSON
import Loop
import Telemetry

/// A service that runs: its public port and its internal one. `main` and the tests start services in this one way.
public final class RunningService: Sendable {
    public let port: UInt16
    public let internalPort: UInt16
    private let servers: [Server]
    private let health: Health
    private let settings: CommonSettings
    private let logger: Logger
    private let exporter: TraceExport?
    private let beginDraining: @Sendable () -> Void
    private let stopProgram: @Sendable () async -> Void
    private let reloadProgram: @Sendable () async -> Void
    private let tls: PublicTLS?

    /// Wires the program, then listens. When it returns, the service answers.
    public static func start<Program: ServiceProgram>(
        _ program: Program.Type, _ configuration: Program.Configuration, logger: Logger, loops: EventLoopGroup,
        metrics: Metrics = Metrics()
    ) async throws -> RunningService {
        let settings = Program.common(configuration)
        let export = TraceExport(settings, service: Program.name, loops: loops, logger: logger)
        let tracing = Tracing(exporter: export?.exporter, sampler: Sampler(ratio: settings.traceSampleRatio))
        let context = ServiceContext(
            logger: logger, metrics: metrics, loops: loops,
            blocking: BlockingPool(maximumThreads: settings.blockingThreads), tracing: tracing)
        let tls = try PublicTLS(settings, logger: logger, metrics: metrics)
        let service = try await Program(configuration, context)
        let health = Health(checks: service.readinessChecks, loops: loops)

        var routes = Routes(metrics: metrics)
        service.declare(&routes)
        routes.declareCommon(health, showsReadiness: Program.showsReadiness)
        routes.demandTLS(forSeconds: settings.strictTransportSeconds)
        let router = routes.build(logger: logger)
        let telemetry = ServerTelemetry(metrics: metrics, tracing: tracing, accessLogger: logger)
        let server = Server(
            group: loops, limits: ServerLimits(settings), telemetry: telemetry, tls: tls?.server, router: router)

        // Probes and scrapes are not what clients ask for, and are counted apart.
        let internalMetrics = metrics.named(after: "internal_")
        var internalRoutes = Routes(metrics: internalMetrics)
        internalRoutes.declareInternal(health, metrics)
        service.declareInternal(&internalRoutes)
        let internalServer = Server(
            group: loops, limits: ServerLimits(), telemetry: ServerTelemetry(metrics: internalMetrics),
            router: internalRoutes.build(logger: logger))

        metrics.collectProcessFigures()
        metrics.collectRuntimeFigures(blocking: context.blocking, logger: logger, exporter: export?.exporter)
        let internalPort = try await internalServer.start(
            host: settings.internalHost, port: UInt16(settings.internalPort), sharesPort: settings.sharesPorts)
        do {
            let port = try await server.start(
                host: settings.host, port: UInt16(settings.port), sharesPort: settings.sharesPorts)
            return RunningService(
                port: port, internalPort: internalPort, servers: [server, internalServer], health: health,
                settings: settings, logger: logger, exporter: export, beginDraining: { service.beginDraining() },
                stopProgram: { await service.stop() }, reloadProgram: { await service.reload() }, tls: tls)
        } catch {
            await internalServer.stop()
            service.beginDraining()
            await service.stop()
            throw error
        }
    }

    private init(
        port: UInt16, internalPort: UInt16, servers: [Server], health: Health, settings: CommonSettings,
        logger: Logger, exporter: TraceExport?, beginDraining: @escaping @Sendable () -> Void,
        stopProgram: @escaping @Sendable () async -> Void, reloadProgram: @escaping @Sendable () async -> Void,
        tls: PublicTLS?
    ) {
        self.port = port
        self.internalPort = internalPort
        self.servers = servers
        self.health = health
        self.settings = settings
        self.logger = logger
        self.exporter = exporter
        self.beginDraining = beginDraining
        self.stopProgram = stopProgram
        self.reloadProgram = reloadProgram
        self.tls = tls
    }

    /// Has read again what may change while it runs: certificates, and what the program has.
    public func reload() async {
        tls?.reload()
        await reloadProgram()
    }

    /// Ends gracefully: not ready at once, requests for `DRAIN_GRACE` more, those in flight until `DRAIN_TIMEOUT`.
    @discardableResult
    public func drain() async -> Bool {
        health.beginDraining()
        beginDraining()
        let isFinished = await servers[0].drain(grace: settings.drainGrace, timeout: settings.drainTimeout)
        await finish()
        return isFinished
    }

    /// Ends at once; for tests.
    public func stop() async {
        beginDraining()
        await servers[0].stop()
        await finish()
    }

    private func finish() async {
        await servers[1].stop()
        await stopProgram()
        await exporter?.stop()
        logger.flush(timeout: .seconds(2))
    }
}

extension Routes {
    /// What every service answers on its own port.
    mutating func declareCommon(_ health: Health, showsReadiness: Bool) {
        on(.get, "/health", Operation("Whether the service is alive", tag: "health")) { _ in health.liveness() }
        guard showsReadiness else { return }
        on(.get, "/ready", Operation("Whether the service can do its work", tag: "health")) { _ in
            try await health.readiness()
        }
    }

    mutating func declareInternal(_ health: Health, _ metrics: Metrics) {
        on(.get, "/health") { _ in health.liveness() }
        on(.get, "/ready") { _ in try await health.readiness() }
        on(.get, "/metrics") { _ in
            Response(contentType: ContentType(PrometheusText.contentType), body: .bytes(metrics.render()))
        }
    }
}

extension ServerLimits {
    init(_ settings: CommonSettings) {
        self.init()
        head.headBytes = settings.limits.maximumHeaderBytes
        head.startLineBytes = min(head.startLineBytes, settings.limits.maximumHeaderBytes)
        bodyBytes = settings.limits.maximumBodyBytes
        connections = settings.limits.maximumConnections
        headerTimeout = settings.limits.headerTimeout
        bodyTimeout = settings.limits.bodyTimeout
        idleTimeout = settings.limits.idleTimeout
        writeTimeout = settings.limits.writeTimeout
        requestTimeout = settings.requestTimeout
        http2.concurrentStreams = settings.http2Requests
    }
}
