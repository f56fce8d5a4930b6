import Loop

/// Collects finished spans in a bounded queue and hands them on in batches, as OTLP/HTTP JSON bodies.
///
/// `record` never waits: when the queue is full the span is dropped and counted. A batch that cannot be sent is dropped
/// and counted too, since traces are worth less than the memory that an unreachable collector would cost.
public final class SpanExporter: Sendable {
    public typealias Transport = @Sendable ([UInt8]) async throws -> Void

    public struct Limits: Sendable {
        public var queue = 4096
        public var batch = 512
        public var interval: Duration = .seconds(5)

        public init() {}
    }

    private struct Queue {
        var spans: [Span] = []
        var dropped = 0
        var failed = 0
        var exported = 0
    }

    private let queue = Locked(Queue())
    private let limits: Limits
    private let body: OTLPTraces
    private let transport: Transport
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    public init(resource: [Span.Attribute], limits: Limits = Limits(), transport: @escaping Transport) {
        body = OTLPTraces(resource: resource)
        self.limits = limits
        self.transport = transport
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Spans that found the queue full.
    public var droppedSpans: Int { queue.withLock { $0.dropped } }
    /// Spans whose batch could not be sent.
    public var failedSpans: Int { queue.withLock { $0.failed } }
    public var exportedSpans: Int { queue.withLock { $0.exported } }

    /// Keeps the span if its trace is sampled.
    public func record(_ span: Span) {
        guard span.context.isSampled else { return }
        let isBatchFull = queue.withLock { queue in
            guard queue.spans.count < limits.queue else {
                queue.dropped += 1
                return false
            }
            queue.spans.append(span)
            return queue.spans.count == limits.batch
        }
        if isBatchFull { wake.yield() }
    }

    /// Exports until the task is cancelled: at each interval, and as soon as a batch is full. Call `flush` afterwards.
    public func run(
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await sleep(self.limits.interval)) != nil { self.wake.yield() }
            }
            for await _ in wakeups { await flush() }
            group.cancelAll()
        }
    }

    /// Sends what is queued. A batch whose sending throws is counted as failed and not tried again.
    public func flush() async {
        while let batch = nextBatch() {
            do {
                try await transport(body.render(batch))
                queue.withLock { $0.exported += batch.count }
            } catch {
                queue.withLock { $0.failed += batch.count }
            }
        }
    }

    private func nextBatch() -> ArraySlice<Span>? {
        queue.withLock { queue in
            guard !queue.spans.isEmpty else { return nil }
            let batch = queue.spans.prefix(limits.batch)
            queue.spans.removeFirst(batch.count)
            return batch
        }
    }
}
