/// One thing that happened. Its fields are redacted before any sink sees it.
public struct LogRecord: Sendable, Equatable {
    public let time: UnixTime
    public let level: LogLevel
    public let event: String
    public let fields: LogFields

    public init(time: UnixTime, level: LogLevel, event: String, fields: LogFields) {
        self.time = time
        self.level = level
        self.event = event
        self.fields = fields
    }
}
