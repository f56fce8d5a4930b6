import Foundation
import Loop
import Testing

@testable import Telemetry

@Suite("Exporting spans")
struct SpanExporterTests {
    private static let context = TraceContext(
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: TraceState(validating: "a=1"))!

    private static func span(_ name: String, isSampled: Bool = true) -> Span {
        let context = TraceContext(traceID: context.traceID, spanID: context.spanID, isSampled: isSampled)
        return Span(name, kind: .server, context: context, start: UnixTime(seconds: 1), end: UnixTime(seconds: 2))
    }

    @Test("A span is written as OTLP's JSON mapping says")
    func golden() throws {
        let span = Span(
            "GET /masks/{id}", kind: .client, context: Self.context, parent: SpanID(0xF), start: UnixTime(seconds: 1),
            end: UnixTime(nanoseconds: 1_500_000_001),
            attributes: [
                Span.Attribute("http.request.method", "GET"), Span.Attribute("http.response.status_code", 200),
                Span.Attribute("ratio", .double(0.5)), Span.Attribute("nan", .double(.nan)),
                Span.Attribute("retried", true), Span.Attribute("hosts", .strings(["a", "b\""])),
                Span.Attribute("url.full", "http://s3/k?X-Amz-Signature=abc"), Span.Attribute("password", "abc"),
            ],
            status: .error("no \"luck\" at /?token=abc"))
        let body = OTLPTraces(resource: [Span.Attribute("service.name", "gateway")]).render([span, span])
        let expectedSpan = """
            {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","traceState":"a=1",\
            "parentSpanId":"000000000000000f","name":"GET /masks/{id}","kind":3,\
            "startTimeUnixNano":"1000000000","endTimeUnixNano":"1500000001","attributes":[\
            {"key":"http.request.method","value":{"stringValue":"GET"}},\
            {"key":"http.response.status_code","value":{"intValue":"200"}},\
            {"key":"ratio","value":{"doubleValue":0.5}},{"key":"nan","value":{"doubleValue":"NaN"}},\
            {"key":"retried","value":{"boolValue":true}},\
            {"key":"hosts","value":{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b\\""}]}}},\
            {"key":"url.full","value":{"stringValue":"http://s3/k?X-Amz-Signature=[redacted]"}},\
            {"key":"password","value":{"stringValue":"[redacted]"}}],\
            "status":{"code":2,"message":"no \\"luck\\" at /?token=[redacted]"},"flags":1}
            """
        let expected = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gateway"}}]},\
            "scopeSpans":[{"scope":{"name":"pentad"},"spans":[\(expectedSpan),\(expectedSpan)]}]}]}
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(body)) }
    }

    @Test(
        "A status is a number, and left out when unset",
        arguments: [(Span.Status.unset, "\"status\":{}"), (.ok, "\"status\":{\"code\":1}")])
    func status(status: Span.Status, expected: String) {
        var span = Self.span("x")
        span.status = status
        let body = String(decoding: OTLPTraces(resource: []).render([span]), as: UTF8.self)
        #expect(body.contains(expected))
        #expect(!body.contains("parentSpanId") && !body.contains("traceState"))
    }

    @Test("Spans leave in batches, in order; unsampled ones are not kept")
    func batches() async {
        let sent = Sent()
        var limits = SpanExporter.Limits()
        limits.batch = 2
        let exporter = SpanExporter(resource: [], limits: limits, transport: sent.take)
        for index in 0..<5 { exporter.record(Self.span("span-\(index)")) }
        exporter.record(Self.span("unsampled", isSampled: false))
        await exporter.flush()
        #expect(sent.names == [["span-0", "span-1"], ["span-2", "span-3"], ["span-4"]])
        #expect(exporter.exportedSpans == 5 && exporter.droppedSpans == 0 && exporter.failedSpans == 0)
        await exporter.flush()
        #expect(sent.names.count == 3, "nothing is left")
    }

    @Test("A full queue drops spans and counts them")
    func full() async {
        let sent = Sent()
        var limits = SpanExporter.Limits()
        limits.queue = 3
        let exporter = SpanExporter(resource: [], limits: limits, transport: sent.take)
        for index in 0..<5 { exporter.record(Self.span("span-\(index)")) }
        #expect(exporter.droppedSpans == 2)
        await exporter.flush()
        #expect(sent.names == [["span-0", "span-1", "span-2"]])
    }

    @Test("A batch that cannot be sent is counted and does not stop the next one")
    func failure() async {
        struct Unreachable: Error {}
        let sent = Sent()
        var limits = SpanExporter.Limits()
        limits.batch = 2
        let exporter = SpanExporter(resource: [], limits: limits) { body in
            if String(decoding: body, as: UTF8.self).contains("span-0") { throw Unreachable() }
            await sent.take(body)
        }
        for index in 0..<3 { exporter.record(Self.span("span-\(index)")) }
        await exporter.flush()
        #expect(sent.names == [["span-2"]])
        #expect(exporter.failedSpans == 2 && exporter.exportedSpans == 1)
    }

    @Test("While it runs, it exports at each interval and as soon as a batch is full")
    func running() async throws {
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self)
        let (batches, sent) = AsyncStream.makeStream(of: Int.self)
        var limits = SpanExporter.Limits()
        limits.batch = 2
        let exporter = SpanExporter(resource: [], limits: limits) { body in
            sent.yield(Sent.names(in: body).count)
        }
        let running = Task {
            await exporter.run { _ in
                for await _ in ticks { return }
                throw CancellationError()
            }
        }
        var received = batches.makeAsyncIterator()
        exporter.record(Self.span("a"))
        exporter.record(Self.span("b"))
        #expect(await received.next() == 2)
        exporter.record(Self.span("c"))
        tick.yield()
        #expect(await received.next() == 1)
        running.cancel()
        await running.value
    }
}

/// Keeps the names of the spans of each body.
private final class Sent: Sendable {
    private let bodies = Locked<[[UInt8]]>([])

    var names: [[String]] { bodies.withLock { $0.map(Self.names(in:)) } }

    @Sendable
    func take(_ body: [UInt8]) async { bodies.withLock { $0.append(body) } }

    static func names(in body: [UInt8]) -> [String] {
        String(decoding: body, as: UTF8.self).split(separator: "\"name\":\"").dropFirst()
            .compactMap { $0.split(separator: "\"").first.map(String.init) }.filter { $0 != "pentad" }
    }
}
