import JSON
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "RFC 3339 is read, whatever the offset and the digits of the second",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("1969-12-31T23:59:59.999999Z", -1),
            ("2025-10-23T04:26:30.477643Z", 1_761_193_590_477_643),
            ("2025-10-23T13:26:30.477643+09:00", 1_761_193_590_477_643),
            ("2025-10-22T23:56:30.477643-04:30", 1_761_193_590_477_643),
            ("2025-10-23t04:26:30.4776439z", 1_761_193_590_477_643),
            ("2025-10-23T04:26:30.5Z", 1_761_193_590_500_000),
            ("2025-10-23T04:26:30.123456789-00:00", 1_761_193_590_123_456),
            ("2000-02-29T12:00:00Z", 951_825_600_000_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ] as [(String, Int64)])
    func read(text: String, microseconds: Int64) {
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(
        "Times that are none are refused",
        arguments: [
            "", "2025-10-23", "2025-10-23T04:26:30", "2025-10-23 04:26:30Z", "2025-10-23T04:26:30.Z",
            "2025-10-23T04:26Z",
            "2025-10-23T04:26:30.1234567890Z", "2025-10-23T04:26:30,5Z", "2025-10-23T24:00:00Z", "2025-10-23T04:60:00Z",
            "2016-12-31T23:59:60Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
            "2025-00-10T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-01-32T00:00:00Z",
            "25-10-23T04:26:30Z", "+2025-10-23T04:26:30Z", "2025-10-23T04:26:30+0900", "2025-10-23T04:26:30+24:00",
            "2025-10-23T04:26:30+09:60", "2025-10-23T04:26:30Zx", " 2025-10-23T04:26:30Z", "2025-1-23T04:26:30Z",
            "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "２025-10-23T04:26:30Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Both spellings are written")
    func written() throws {
        let timestamp = Timestamp(microseconds: 1_761_193_590_069_119)
        #expect(timestamp.description == "2025-10-23T04:26:30.069119Z")
        #expect(timestamp.spacedDescription == "2025-10-23 04:26:30.069119 UTC")
        #expect(try JSONTests.written([timestamp]) == #"["2025-10-23T04:26:30.069119Z"]"#)
        #expect(throws: JSONError.self) { try JSONTests.written(Timestamp(microseconds: .max)) }
        #expect(Timestamp(microseconds: .min).description == "-290308-12-21T19:59:05.224192Z")
    }

    @Test("Every day of eight centuries is followed by the next, and read as it is written")
    func calendar() {
        var previous = ""
        for day in -146_097...Int64(146_097) {
            let timestamp = Timestamp(seconds: day * 86_400)
            let text = timestamp.description
            if text <= previous || Timestamp(text) != timestamp {
                Issue.record("\(text) after \(previous)")
                return
            }
            previous = text
        }
        #expect(previous == "2370-01-01T00:00:00.000000Z")
    }

    @Test("Time is added and subtracted")
    func arithmetic() {
        let start = Timestamp(seconds: 100)
        #expect(start + .milliseconds(1500) == Timestamp(microseconds: 101_500_000))
        #expect(start - .seconds(200) == Timestamp(seconds: -100))
        #expect(Timestamp(seconds: 160) - start == .seconds(60))
        #expect(Timestamp(microseconds: -1).seconds == -1)
        #expect(start < start + .microseconds(1))
    }
}
