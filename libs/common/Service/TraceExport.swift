import HTTP
import Loop
import Telemetry

/// Sends finished spans to the collector that the settings name, as OTLP/HTTP JSON.
final class TraceExport: Sendable {
    struct Refused: Error {
        let status: UInt16
    }

    let exporter: SpanExporter
    private let loop: EventLoop
    private let task: Task<Void, Never>

    /// Nil when no collector is set.
    init?(_ settings: CommonSettings, service: String, loops: EventLoopGroup) {
        guard let endpoint = settings.traceEndpoint else { return nil }
        let client = HTTPClient()
        let origin = Origin(host: endpoint.host, port: UInt16(endpoint.port))
        let path = endpoint.path + "/v1/traces"
        let resource: [Span.Attribute] = [
            .init("service.name", .string(service)), .init("service.version", .string(Product.version)),
        ]
        let loop = loops.loops[0]
        let exporter = SpanExporter(resource: resource) { body in
            let answer = try await client.send(
                ClientRequest(
                    .post, origin, path, headers: ["content-type": "application/json"], body: .bytes(body)))
            _ = try await answer.body.collect(upTo: 1 << 20)
            guard answer.status.code < 300 else { throw Refused(status: answer.status.code) }
        }
        self.exporter = exporter
        self.loop = loop
        task = Task(executorPreference: loop) {
            await exporter.run { try await loop.sleep(for: $0) }
        }
    }

    func stop() async {
        task.cancel()
        let exporter = exporter
        try? await loop.run { await exporter.flush() }
    }
}
