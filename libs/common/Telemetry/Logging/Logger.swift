/// Writes events with fields: `logger.info("job_claimed", ["job_id": .string(id), "attempt": 2])`.
///
/// A value, cheap to copy: `with` binds fields (request id, trace id, job id) to the copy. Fields are not even built
/// when the level is off, and every string is redacted before it leaves the logger.
public struct Logger: Sendable {
    private final class Destination: Sendable {
        let sink: any LogSink
        let redactor: Redactor
        let now: @Sendable () -> UnixTime

        init(sink: any LogSink, redactor: Redactor, now: @escaping @Sendable () -> UnixTime) {
            self.sink = sink
            self.redactor = redactor
            self.now = now
        }
    }

    private let destination: Destination
    private var bound: LogFields
    public var level: LogLevel

    public init(
        sink: any LogSink, level: LogLevel = .info, fields: LogFields = [:], redactor: Redactor = Redactor(),
        now: @escaping @Sendable () -> UnixTime = UnixTime.now
    ) {
        destination = Destination(sink: sink, redactor: redactor, now: now)
        bound = redactor.redact(fields)
        self.level = level
    }

    /// A logger whose records go nowhere.
    public static let silent: Logger = {
        var logger = Logger(sink: SilentSink())
        logger.level = .error
        return logger
    }()

    /// A copy that adds the fields to each of its records.
    public func with(_ fields: LogFields) -> Logger {
        var copy = self
        copy.bound = bound.merging(destination.redactor.redact(fields))
        return copy
    }

    /// A copy that names the request and the span on each of its records.
    public func with(_ request: RequestID, _ trace: TraceContext?) -> Logger {
        var copy = self
        copy.bound["request_id"] = .requestID(request)
        if let trace {
            copy.bound["trace_id"] = .traceID(trace.traceID)
            copy.bound["span_id"] = .spanID(trace.spanID)
        }
        return copy
    }

    /// Records of all copies of this logger that never left; a counter.
    public var droppedRecords: Int { destination.sink.droppedRecords }

    @inline(__always)
    public func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    public func log(_ level: LogLevel, _ event: String, _ fields: @autoclosure () -> LogFields = [:]) {
        guard isEnabled(level) else { return }
        let own = destination.redactor.redact(fields())
        destination.sink.write(
            LogRecord(
                time: destination.now(), level: level, event: destination.redactor.redact(event),
                fields: bound.merging(own)))
    }

    public func trace(_ event: String, _ fields: @autoclosure () -> LogFields = [:]) { log(.trace, event, fields()) }

    public func debug(_ event: String, _ fields: @autoclosure () -> LogFields = [:]) { log(.debug, event, fields()) }

    public func info(_ event: String, _ fields: @autoclosure () -> LogFields = [:]) { log(.info, event, fields()) }

    public func warning(_ event: String, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.warning, event, fields())
    }

    public func error(_ event: String, _ fields: @autoclosure () -> LogFields = [:]) { log(.error, event, fields()) }

    @discardableResult
    public func flush(timeout: Duration) -> Bool { destination.sink.flush(timeout: timeout) }
}
