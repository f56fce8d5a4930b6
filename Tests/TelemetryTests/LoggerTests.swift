import Testing

@testable import Telemetry

@Suite("Loggers")
struct LoggerTests {
    private let sink = MemorySink()

    @Test("A record carries the bound fields, then its own; of two with one name the own one holds")
    func boundFields() {
        let logger = Logger(sink: sink, fields: ["service": "asr", "part": "api"]) { UnixTime(seconds: 1) }
        logger.with(["part": "worker"]).info("started", ["port": 1, "service": "x"])
        logger.info("again")
        #expect(
            sink.records == [
                LogRecord(
                    time: UnixTime(seconds: 1), level: .info, event: "started",
                    fields: ["service": "x", "part": "worker", "port": 1]),
                LogRecord(
                    time: UnixTime(seconds: 1), level: .info, event: "again",
                    fields: ["service": "asr", "part": "api"]),
            ])
    }

    @Test("Request and trace ids are on each record of a request")
    func ids() throws {
        let trace = try #require(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        let request = try #require(RequestID(validating: "abcdefgh"))
        Logger(sink: sink).with(request, trace).info("x")
        #expect(sink.json.contains(#""request_id":"abcdefgh","trace_id":"0af7651916cd43dd8448eb211c80319c","#))
        #expect(sink.json.contains(#""span_id":"b7ad6b7169203331""#))
    }

    @Test("Below its level a logger does not even build the fields")
    func levels() {
        func fields() -> LogFields {
            Issue.record("built")
            return [:]
        }
        let logger = Logger(sink: sink, level: .warning)
        logger.trace("no", fields())
        logger.debug("no", fields())
        logger.info("no", fields())
        logger.warning("yes")
        logger.error("yes")
        #expect(sink.records.map(\.level) == [.warning, .error])
        #expect(!logger.isEnabled(.info) && logger.isEnabled(.error))
    }

    @Test("Secrets are gone before a sink sees the record, from bound fields, own fields and the event")
    func redaction() {
        let logger = Logger(sink: sink, fields: ["url": "/a?token=hunter2"]).with(["password": "hunter2"])
        logger.info("GET /?sig=hunter2", ["header": "Authorization: hunter2"])
        #expect(!sink.json.contains("hunter2"))
        #expect(sink.records.count == 1)
    }

    @Test(
        "Level names are read in any case",
        arguments: [
            ("TRACE", LogLevel.trace), ("Debug", .debug), ("info", .info), ("warn", .warning), ("error", .error),
        ])
    func levelNames(name: String, level: LogLevel) {
        #expect(LogLevel(name) == level)
        #expect(LogLevel(level.name) == level)
    }

    @Test("Other words are no levels", arguments: ["", "loud", "infos"])
    func wrongLevelNames(name: String) {
        #expect(LogLevel(name) == nil)
    }

    @Test("A silent logger takes anything")
    func silent() {
        Logger.silent.error("nobody_hears")
        #expect(Logger.silent.flush(timeout: .zero))
    }

    @Test("A memory sink keeps the newest records")
    func bounded() {
        let small = MemorySink(capacity: 2)
        let logger = Logger(sink: small)
        for event in ["a", "b", "c"] { logger.info(event) }
        #expect(small.records.map(\.event) == ["b", "c"])
        #expect(small.records(of: "b").count == 1)
    }
}
