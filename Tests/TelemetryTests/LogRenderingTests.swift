import Foundation
import Testing

@testable import Telemetry

@Suite("How records are written")
struct LogRenderingTests {
    private let time = UnixTime(nanoseconds: 1_761_193_590_477_643_999)

    private func line(_ format: LogFormat, _ event: String, _ fields: LogFields) -> String {
        var bytes: [UInt8] = []
        let record = LogRecord(time: time, level: .info, event: event, fields: fields)
        LogRenderer(format).render(record, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("A JSON record is one line with time, level, event and typed fields")
    func json() throws {
        let trace = try #require(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        let request = try #require(RequestID(validating: "request-1"))
        let written = line(
            .json, "job_claimed",
            [
                "job_id": "j\"1\\", "attempt": 2, "ratio": 0.5, "ok": true, "none": nil,
                "elapsed": .duration(.milliseconds(12)), "request_id": .requestID(request),
                "trace_id": .traceID(trace.traceID), "span_id": .spanID(trace.spanID), "at": .time(time),
                "list": ["a", 1], "infinite": .double(.infinity),
            ])
        let expected = """
            {"time":"2025-10-23T04:26:30.477643Z","level":"info","event":"job_claimed","job_id":"j\\"1\\\\","attempt":2,\
            "ratio":0.5,"ok":true,"none":null,"elapsed":0.012,"request_id":"request-1",\
            "trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331",\
            "at":"2025-10-23T04:26:30.477643Z","list":["a",1],"infinite":"inf"}\n
            """
        #expect(written == expected)
        let parsed = try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: Any]
        #expect(parsed?["job_id"] as? String == "j\"1\\")
    }

    @Test("Text is for people: words bare, the rest quoted")
    func text() {
        let written = line(
            .text(colours: false), "started",
            ["port": 8080, "name": "a b", "empty": "", "equals": "a=b", "took": .duration(.milliseconds(2)), "x": nil])
        #expect(
            written
                == "04:26:30.477 info    started  port=8080 name=\"a b\" empty=\"\" equals=\"a=b\" took=0.002seconds x=-\n"
        )
    }

    @Test("Colours are only there when asked for")
    func colours() {
        #expect(line(.text(colours: true), "started", [:]).contains("\u{1B}[32minfo\u{1B}[0m"))
        #expect(!line(.text(colours: false), "started", [:]).contains("\u{1B}"))
    }

    @Test(
        "No text can start a new line, steer a terminal or leave its quotes",
        arguments: [
            "a\nb", "a\r\nb", "\u{1B}[31mred", "\u{0}", "\u{7F}", "\u{9B}31m", "\u{2028}", "\u{202E}abc", "\u{2066}",
            "\"}\n{\"level\":\"error\"", "\\", "\t", "tail\u{C2}", "\u{2603}\u{A0}é",
        ])
    func injection(text: String) throws {
        for format in [LogFormat.json, .text(colours: false)] {
            let written = line(format, text, [text: .string(text)])
            #expect(written.hasSuffix("\n"))
            for scalar in written.unicodeScalars.dropLast() {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
                #expect(!(0x2028...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value))
            }
        }
        let parsed = try JSONSerialization.jsonObject(with: Data(line(.json, text, [text: .string(text)]).utf8))
        let object = try #require(parsed as? [String: String])
        #expect(object["event"].map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        #expect(object.values.filter { Array($0.unicodeScalars) == Array(text.unicodeScalars) }.count == 2)
    }

    @Test("A field cannot pass for one of the record's own")
    func reserved() {
        let written = line(.json, "e", ["time": 1, "level": "error", "event": "x"])
        #expect(written.contains(#""time_":1,"level_":"error","event_":"x"}"#))
    }

    @Test("A descriptor that is no terminal gets JSON")
    func automatic() {
        let descriptor = open("/dev/null", O_WRONLY)
        defer { close(descriptor) }
        #expect(LogFormat.automatic(for: descriptor) == .json)
    }
}
