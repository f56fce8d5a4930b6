import Testing

@testable import Telemetry

@Suite("Moments")
struct UnixTimeTests {
    @Test(
        "A moment is written in UTC with microseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999999Z"),
            (1_761_193_590_477_643_000, "2025-10-23T04:26:30.477643Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"),
            (Int64.max, "2262-04-11T23:47:16.854775Z"),
            (Int64.min, "1677-09-21T00:12:43.145224Z"),
        ])
    func text(nanoseconds: Int64, expected: String) {
        #expect(UnixTime(nanoseconds: nanoseconds).description == expected)
    }

    @Test("Weekdays count from Sunday", arguments: [(0, 4), (-86_400, 3), (1_761_193_590, 4), (1_764_460_800, 0)])
    func weekday(seconds: Int64, expected: Int) {
        #expect(UnixTime(seconds: seconds).civil.weekday == expected)
    }

    @Test("The clock is after 2025 and does not stand still for good")
    func now() {
        #expect(UnixTime.now() > UnixTime(seconds: 1_735_689_600))
    }
}
