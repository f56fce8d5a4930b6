import Configuration
import Glibc
import HTTP
import JSON
import Loop
import Telemetry
import TestKit
import Testing

@testable import Service

@Suite("Sending traces to a collector", .serialized)
struct TraceExportTests {
    /// Runs a service whose collector is at the URL, asks it once, ends it, and answers what its metrics say then.
    private func run(collector url: String) async throws -> (metrics: [Substring], log: MemorySink) {
        let log = MemorySink()
        let metrics = Metrics()
        let settings = try TestSettings.read(
            ProbedService.self, ["PORT": "0", "INTERNAL_PORT": "0", "OTEL_EXPORTER_OTLP_ENDPOINT": url])
        let service = try await RunningService.start(
            ProbedService.self, settings, logger: Logger(sink: log), loops: TestService.loops, metrics: metrics)
        _ = try await TestClient.request(port: service.port, "GET", "/health")
        await service.drain()
        return (String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n"), log)
    }

    @Test("goes over plain HTTP where the URL says so")
    func plain() async throws {
        let received = Locked<[String]>([])
        var routes = Routes(metrics: Metrics())
        routes.on(.post, "/otlp/v1/traces") { request in
            let body = try await request.body.collect(upTo: 1 << 20)
            received.withLock { $0.append(String(decoding: body, as: UTF8.self)) }
            return .json(bytes: Array("{}".utf8))
        }
        let collector = Server(group: TestService.loops, router: routes.build(logger: .silent))
        let port = try await collector.start(port: 0)
        let (metrics, log) = try await run(collector: "http://127.0.0.1:\(port)/otlp")
        await collector.stop()
        #expect(received.withLock { $0.count == 1 && $0[0].contains("GET /health") })
        #expect(metrics.contains("spans_exported_total 1") && metrics.contains("spans_failed_total 0"))
        #expect(log.records(of: "spans_lost").isEmpty)
    }

    @Test("begins with a TLS handshake where the URL says https, and counts and logs what could not be sent")
    func encrypted() async throws {
        let listener = try FirstBytes()
        async let first = listener.accept()
        let (metrics, log) = try await run(collector: "https://127.0.0.1:\(listener.port)")
        let bytes = try await first
        #expect(bytes.prefix(2) == [0x16, 0x03], "a handshake record of TLS")
        #expect(metrics.contains("spans_failed_total 1") && metrics.contains("spans_exported_total 0"))
        #expect(metrics.contains("spans_dropped_total 0"))
        let lost = log.records(of: "spans_lost")
        #expect(lost.count == 1)
        #expect(lost.first?.fields["failed_total"] == 1)
    }

    @Test("tells of losses once in a while, and only of new ones")
    func losses() {
        let log = MemorySink()
        let losses = SpanLosses(Logger(sink: log))
        let start = Deadline.now
        losses.report(failed: 0, dropped: 0, now: start)
        losses.report(failed: 1, dropped: 0, now: start)
        losses.report(failed: 2, dropped: 3, now: start + .seconds(59))
        #expect(log.records(of: "spans_lost").count == 1)
        losses.report(failed: 2, dropped: 3, now: start + .seconds(61))
        losses.report(failed: 2, dropped: 3, now: start + .seconds(500))
        let records = log.records(of: "spans_lost")
        #expect(records.count == 2)
        #expect(records.last?.fields["failed_total"] == 2 && records.last?.fields["dropped_total"] == 3)
    }
}

/// Listens, and keeps the first bytes that one client sends.
private final class FirstBytes: Sendable {
    struct Failed: Error {}

    let port: UInt16
    private let descriptor: Int32
    private static let blocking = BlockingPool(maximumThreads: 2)

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 4) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isListening else { throw Failed() }
    }

    deinit { close(descriptor) }

    func accept() async throws -> [UInt8] {
        try await Self.blocking.run { [descriptor] in
            let client = Glibc.accept(descriptor, nil, nil)
            guard client >= 0 else { throw Failed() }
            defer { close(client) }
            var block = [UInt8](repeating: 0, count: 256)
            return Array(block[..<max(recv(client, &block, block.count, 0), 0)])
        }
    }
}
