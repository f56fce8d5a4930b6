import Loop
import Synchronization
import Telemetry

/// What all loops of a server share.
final class ServerCore: Sendable {
    let limits: ServerLimits
    let router: Router
    let tracing: Tracing
    let tls: ServerTLS?
    let http2PriorKnowledge: Bool
    private let accessLogger: Logger?
    private let open = Atomic<Int>(0)
    private let connectionLevel: Level
    private let refusals: Counter
    private let turnedAway: Counter
    private let floods: Counter

    init(
        limits: ServerLimits, router: Router, telemetry: ServerTelemetry, tls: ServerTLS?, http2PriorKnowledge: Bool
    ) {
        self.tls = tls
        self.limits = limits
        self.http2PriorKnowledge = http2PriorKnowledge
        self.router = router
        tracing = telemetry.tracing
        accessLogger = telemetry.accessLogger
        connectionLevel = telemetry.metrics.level("http_connections", help: "Open client connections.")
        refusals = telemetry.metrics.counter(
            "http_malformed_requests_total", help: "Requests refused before they reached a route.")
        turnedAway = telemetry.metrics.counter(
            "http_connections_refused_total", help: "Connections answered 503 because there were too many.")
        floods = telemetry.metrics.counter(
            "http_floods_total", help: "Connections ended because of what they were flooded with.")
    }

    var openConnections: Int { open.load(ordering: .relaxed) }

    /// Counts a connection in; false when there are too many.
    func connectionBegan() -> Bool {
        let count = open.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= limits.connections else {
            open.wrappingSubtract(1, ordering: .relaxed)
            turnedAway.add()
            return false
        }
        connectionLevel.add()
        return true
    }

    func connectionEnded() {
        open.wrappingSubtract(1, ordering: .relaxed)
        connectionLevel.subtract()
    }

    func refused(_ failure: ParseFailure, _ id: RequestID, _ peer: PeerAddress) {
        refusals.add()
        accessLogger?.with(id, nil).info(
            "request_refused",
            [
                "status": .int(Int(failure.status.code)), "reason": .string(failure.message),
                "peer": .string(peer.host),
            ])
    }

    func flooded(_ flood: FrameWatch.Flood, _ peer: PeerAddress) {
        floods.add()
        accessLogger?.info("connection_flooded", ["reason": .string(flood.rawValue), "peer": .string(peer.host)])
    }

    func finished(_ request: Request, _ outcome: ResponseSender.Outcome, nanoseconds: UInt64) {
        if let accessLogger, accessLogger.isEnabled(.info) {
            accessLogger.with(request.id, request.trace).info(
                "request",
                [
                    "method": .string(request.method.rawValue), "path": .string(request.pathAndQuery),
                    "status": .int(Int(outcome.status.code)), "bytes": .int(outcome.bytes),
                    "duration_ms": .double(Double(nanoseconds / 1000) / 1000), "complete": .bool(outcome.isComplete),
                    "peer": .string(request.peer.host),
                ])
        }
        tracing.record(request, outcome, nanoseconds: nanoseconds)
    }
}

/// Where a server reports to.
public struct ServerTelemetry: Sendable {
    public var metrics: Metrics
    public var tracing: Tracing
    /// Logs every request; nil for none.
    public var accessLogger: Logger?

    public init(metrics: Metrics = Metrics(), tracing: Tracing = Tracing(), accessLogger: Logger? = nil) {
        self.metrics = metrics
        self.tracing = tracing
        self.accessLogger = accessLogger
    }
}
