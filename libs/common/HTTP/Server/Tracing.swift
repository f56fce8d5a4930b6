import Telemetry

/// Continues traces from requests, and records a server span for each sampled one.
public struct Tracing: Sendable {
    let ids: RandomIDs
    private let exporter: SpanExporter?
    private let sampler: Sampler

    /// Without an exporter no trace is begun here, but one that a caller began is carried on.
    public init(ids: RandomIDs = RandomIDs(), exporter: SpanExporter? = nil, sampler: Sampler = Sampler(ratio: 1)) {
        self.ids = ids
        self.exporter = exporter
        self.sampler = sampler
    }

    /// What the client calls its request, where that can be an id, and one of our own otherwise.
    func requestID(of headers: borrowing Headers) -> RequestID {
        guard let field = headers.firstField(of: "x-request-id") else { return RequestID(from: ids) }
        return headers.bytes.withUnsafeBytes { bytes in
            RequestID(validating: UnsafeRawBufferPointer(rebasing: bytes[field.value]))
        } ?? RequestID(from: ids)
    }

    func context(of headers: borrowing Headers) -> TraceContext? {
        guard let field = headers.firstField(of: "traceparent") else {
            return exporter == nil ? nil : sampler.context(parent: nil, ids: ids)
        }
        let state = headers["tracestate"].flatMap { TraceState(validating: $0) }
        let parent = headers.bytes.withUnsafeBytes {
            TraceContext(traceparent: UnsafeRawBufferPointer(rebasing: $0[field.value]), state: state)
        }
        guard parent != nil || exporter != nil else { return nil }
        return sampler.context(parent: parent, ids: ids)
    }

    func record(_ request: Request, _ outcome: ResponseSender.Outcome, nanoseconds: UInt64) {
        guard let exporter, let trace = request.trace, trace.isSampled else { return }
        let parent = request.headers["traceparent"].flatMap { TraceContext(traceparent: $0) }
        let end = UnixTime.now()
        exporter.record(
            Span(
                "\(request.method.rawValue) \(outcome.route?.route ?? "unmatched")", kind: .server, context: trace,
                parent: parent?.spanID,
                start: UnixTime(nanoseconds: end.nanoseconds - Int64(clamping: nanoseconds)), end: end,
                attributes: [
                    .init("http.request.method", .string(request.method.rawValue)),
                    .init("http.route", .string(outcome.route?.route ?? "unmatched")),
                    .init("url.path", .string(request.path)),
                    .init("http.response.status_code", .int(Int(outcome.status.code))),
                    .init("client.address", .string(request.peer.host)),
                ],
                status: outcome.status.code >= 500 ? .error(outcome.status.phrase) : .unset))
    }
}
