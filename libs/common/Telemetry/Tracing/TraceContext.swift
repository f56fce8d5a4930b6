/// A request's place in a trace, as W3C Trace Context passes it between services.
public struct TraceContext: Sendable, Hashable {
    public let traceID: TraceID
    public let spanID: SpanID
    public let isSampled: Bool
    /// What other vendors put into the trace, passed on unread.
    public var state: TraceState?

    public init(traceID: TraceID, spanID: SpanID, isSampled: Bool, state: TraceState? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// The same trace with a span id of its own: what a service works under and sends to those it calls.
    public func child(from source: some IDSource) -> TraceContext {
        TraceContext(traceID: traceID, spanID: SpanID(from: source), isSampled: isSampled, state: state)
    }
}
