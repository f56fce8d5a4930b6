import Loop
import Synchronization
import Telemetry

/// What all loops of a server share.
final class ServerCore: Sendable {
    let limits: ServerLimits
    let responder: any Responder
    let tracing: Tracing
    private let accessLogger: Logger?
    private let open = Atomic<Int>(0)
    private let connectionGauge: Gauge
    private let refusals: Counter

    init(limits: ServerLimits, responder: any Responder, telemetry: ServerTelemetry) {
        self.limits = limits
        self.responder = responder
        tracing = telemetry.tracing
        accessLogger = telemetry.accessLogger
        connectionGauge = telemetry.metrics.gauge("http_connections", help: "Open client connections.")
        refusals = telemetry.metrics.counter(
            "http_malformed_requests_total", help: "Requests refused before they reached a route.")
    }

    var openConnections: Int { open.load(ordering: .relaxed) }

    /// Counts a connection in; false when there are too many.
    func connectionBegan() -> Bool {
        let count = open.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= limits.connections else {
            open.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        connectionGauge.add(1)
        return true
    }

    func connectionEnded() {
        open.wrappingSubtract(1, ordering: .relaxed)
        connectionGauge.add(-1)
    }

    func refused(_ failure: ParseFailure) {
        refusals.add()
        accessLogger?.info(
            "request_refused", ["status": .int(Int(failure.status.code)), "reason": .string(failure.message)])
    }

    func finished(_ request: Request, _ outcome: ResponseSender.Outcome, nanoseconds: UInt64) {
        if let accessLogger {
            accessLogger.info(
                "request",
                [
                    "method": .string(request.method.rawValue), "path": .string(request.pathAndQuery),
                    "status": .int(Int(outcome.status.code)), "bytes": .int(outcome.bytes),
                    "duration_ms": .double(Double(nanoseconds / 1000) / 1000), "complete": .bool(outcome.isComplete),
                    "peer": .string(request.peer.host), "request_id": .string(request.id.description),
                    "trace_id": .string(request.trace.traceIDText),
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
