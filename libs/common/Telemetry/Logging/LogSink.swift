/// Where log records go. `write` is called from event loops and must never block.
public protocol LogSink: Sendable {
    func write(_ record: LogRecord)

    /// Waits until what was written has left the process; false when the timeout passed first.
    @discardableResult
    func flush(timeout: Duration) -> Bool

    /// How many records were given up since the start because they could not be written fast enough.
    var droppedRecords: Int { get }
}

extension LogSink {
    public var droppedRecords: Int { 0 }
}

/// Drops everything.
struct SilentSink: LogSink {
    func write(_ record: LogRecord) {}
    func flush(timeout: Duration) -> Bool { true }
}
