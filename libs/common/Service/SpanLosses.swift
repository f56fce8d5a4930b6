import Loop
import Telemetry

/// Says in the log that spans are lost: once in a while and not for each batch, since a collector may be away for long.
final class SpanLosses: Sendable {
    private static let pause = Duration.seconds(60)

    private struct State {
        var cause = ""
        var reported = 0
        var next = Deadline(nanoseconds: 0)
    }

    private let logger: Logger
    private let state = Locked(State())

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Keeps why a batch could not be sent, for the next report.
    func note(_ error: any Error) {
        state.withLock { $0.cause = String(describing: error) }
    }

    func report(_ exporter: SpanExporter, now: Deadline) {
        report(failed: exporter.failedSpans, dropped: exporter.droppedSpans, now: now)
    }

    /// Takes the numbers since the start; logs when they have grown and the last report is long enough ago.
    func report(failed: Int, dropped: Int, now: Deadline) {
        let cause: String? = state.withLock { state in
            guard failed + dropped > state.reported, now >= state.next else { return nil }
            state.reported = failed + dropped
            state.next = now + Self.pause
            return state.cause
        }
        guard let cause else { return }
        logger.warning(
            "spans_lost",
            ["failed_total": .int(failed), "dropped_total": .int(dropped), "cause": .string(cause)])
    }
}
