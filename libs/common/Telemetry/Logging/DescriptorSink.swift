import Glibc
import Loop

/// Writes records to a file descriptor from one background thread.
///
/// `write` only renders into a bounded buffer, so a slow terminal or pipe never holds up an event loop: when the buffer
/// is full, records are dropped, and their number is logged as soon as there is room.
public final class DescriptorSink: LogSink {
    private let drain: LogDrain

    public init(
        _ descriptor: Int32 = STDOUT_FILENO, format: LogFormat? = nil, capacity: Int = 1 << 20,
        now: @escaping @Sendable () -> UnixTime = UnixTime.now
    ) throws(LoopError) {
        let renderer = LogRenderer(format ?? .automatic(for: descriptor))
        let drain = LogDrain(descriptor: descriptor, renderer: renderer, capacity: capacity, now: now)
        self.drain = drain
        try drain.start()
    }

    deinit { drain.stop() }

    public var droppedRecords: Int { drain.droppedTotal }

    public func write(_ record: LogRecord) { drain.append(record) }

    public func flush(timeout: Duration) -> Bool { drain.waitUntilEmpty(timeout: timeout) }
}
