import Loop
import Testing

@Suite("Deadlines")
struct DeadlineTests {
    @Test(
        "clamp durations to whole nanoseconds from zero",
        arguments: [
            (Duration.zero, 0), (.nanoseconds(1), 1), (.milliseconds(3), 3_000_000), (.seconds(2), 2_000_000_000),
            (.seconds(-1), 0), (.nanoseconds(-1), 0), (.seconds(Int64.max), .max),
            (Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0),
        ] as [(Duration, UInt64)])
    func clamping(duration: Duration, nanoseconds: UInt64) {
        #expect(duration.clampedNanoseconds == nanoseconds)
        #expect(Nanoseconds(duration).count == nanoseconds)
    }

    @Test("saturate rather than overflow")
    func saturation() {
        let late = Deadline(nanoseconds: .max - 5)
        #expect(late + .nanoseconds(5) == .distantFuture)
        #expect(late + .seconds(60) == .distantFuture)
        #expect(late + Nanoseconds(.seconds(60)) == .distantFuture)
        #expect(late + .seconds(-60) == late)
        #expect(late.duration(since: Deadline(nanoseconds: 0)) == .nanoseconds(Int64.max))
        #expect(Deadline(nanoseconds: 3).duration(since: Deadline(nanoseconds: 5)) == .zero)
        #expect(Deadline(nanoseconds: 9).duration(since: Deadline(nanoseconds: 5)) == .nanoseconds(4))
    }

    @Test("are ordered, and the clock does not go back")
    func order() {
        #expect(Deadline(nanoseconds: 1) < Deadline(nanoseconds: 2))
        #expect(Deadline.now < .distantFuture)
        var last = Deadline.now
        for _ in 0..<1000 {
            let now = Deadline.now
            #expect(now >= last)
            last = now
        }
    }
}
