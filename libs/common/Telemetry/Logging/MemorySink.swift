import Loop

/// Keeps the newest records, for tests.
public final class MemorySink: LogSink {
    private let kept = Locked<[LogRecord]>([])
    private let capacity: Int

    public init(capacity: Int = 10_000) { self.capacity = capacity }

    public var records: [LogRecord] { kept.withLock { $0 } }

    public func records(of event: String) -> [LogRecord] { records.filter { $0.event == event } }

    /// The records as they would be written in JSON, one line each.
    public var json: String {
        var bytes: [UInt8] = []
        let renderer = LogRenderer(.json)
        for record in records { renderer.render(record, into: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func write(_ record: LogRecord) {
        kept.withLock {
            if $0.count >= capacity { $0.removeFirst() }
            $0.append(record)
        }
    }

    public func flush(timeout: Duration) -> Bool { true }
}
