import Configuration
import HTTP
import Loop
import Telemetry

/// Sends finished spans to the collector that the settings name, as OTLP/HTTP JSON.
final class TraceExport: Sendable {
    struct Refused: Error, CustomStringConvertible {
        let status: UInt16

        var description: String { "the collector answered \(status)" }
    }

    let exporter: SpanExporter
    private let loop: EventLoop
    private let task: Task<Void, Never>
    private let losses: SpanLosses

    /// Nil when no collector is set.
    init?(_ settings: CommonSettings, service: String, loops: EventLoopGroup, logger: Logger) {
        guard let endpoint = settings.traceEndpoint else { return nil }
        let resource: [Span.Attribute] = [
            .init("service.name", .string(service)), .init("service.version", .string(Product.version)),
        ]
        let loop = loops.loops[0]
        let losses = SpanLosses(logger)
        let send = Self.transport(to: endpoint)
        let exporter = SpanExporter(resource: resource) { body in
            do {
                try await send(body)
            } catch {
                losses.note(error)
                throw error
            }
        }
        self.exporter = exporter
        self.loop = loop
        self.losses = losses
        task = Task(executorPreference: loop) {
            await exporter.run { interval in
                losses.report(exporter, now: .now)
                try await loop.sleep(for: interval)
            }
        }
    }

    /// Over TLS where the endpoint says so, with the collector's certificate verified.
    private static func transport(to endpoint: BaseURL) -> SpanExporter.Transport {
        let timeouts = ClientTimeouts(total: .seconds(10))
        let headers: Headers = ["content-type": "application/json"]
        let path = endpoint.path + "/v1/traces"
        if endpoint.scheme == "https" {
            var settings = OutgoingSettings(rules: .trusted)
            settings.timeouts = timeouts
            let client = OutgoingClient(settings: settings)
            return { body in
                let url = "https://\(endpoint.address)\(path)"
                try await check(
                    try await client.send(OutgoingRequest(.post, url, headers: headers, body: .bytes(body))))
            }
        }
        let client = HTTPClient(timeouts: timeouts)
        let origin = Origin(host: endpoint.host, port: UInt16(endpoint.port))
        return { body in
            try await check(
                try await client.send(ClientRequest(.post, origin, path, headers: headers, body: .bytes(body))))
        }
    }

    private static func check(_ answer: ClientResponse) async throws {
        _ = try await answer.body.collect(upTo: 1 << 20)
        guard (200..<300).contains(answer.status.code) else { throw Refused(status: answer.status.code) }
    }

    func stop() async {
        task.cancel()
        let exporter = exporter
        try? await loop.run { await exporter.flush() }
        losses.report(exporter, now: .distantFuture)
    }
}
