/// Which traces are recorded: a caller's decision is followed, a new trace is recorded with the given probability.
public struct Sampler: Sendable {
    /// Compared with the low 63 bits of a trace id, so that every service with the same ratio decides alike.
    private let threshold: UInt64

    public init(ratio: Double) {
        let clamped = ratio.isNaN ? 0 : min(max(ratio, 0), 1)
        threshold = clamped >= 1 ? 1 << 63 : UInt64(clamped * 0x1p63)
    }

    public func shouldSample(_ traceID: TraceID) -> Bool { traceID.low & (1 << 63 - 1) < threshold }

    /// The context of a request: a child of the caller's, or the root of a new trace.
    public func context(parent: TraceContext?, ids: some IDSource) -> TraceContext {
        if let parent { return parent.child(from: ids) }
        let traceID = TraceID(from: ids)
        return TraceContext(traceID: traceID, spanID: SpanID(from: ids), isSampled: shouldSample(traceID))
    }
}
