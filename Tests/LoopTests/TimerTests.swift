import Glibc
import Loop
import Testing

@Suite("Timers", .timeLimit(.minutes(2)))
struct TimerTests {
    @Test("fire in the order of their deadlines, and never early")
    func order() async throws {
        try await withLoop { loop in
            let fired = Journal<Int>()
            let early = Journal<Int>()
            try await loop.run {
                let start = loop.now
                for delay in [30, 10, 20, 5, 25] {
                    let deadline = start + .milliseconds(delay)
                    _ = loop.schedule(at: deadline) {
                        fired.append(delay)
                        if Deadline.now < deadline { early.append(delay) }
                    }
                }
                try await loop.sleep(until: start + .milliseconds(40))
            }
            #expect(fired.entries == [5, 10, 20, 25, 30])
            #expect(early.entries.isEmpty)
        }
    }

    @Test("with equal deadlines fire in the order of their arming")
    func equalDeadlines() async throws {
        try await withLoop { loop in
            let fired = Journal<Int>()
            try await loop.run {
                let deadline = loop.now + .milliseconds(5)
                for index in 0..<500 { _ = loop.schedule(at: deadline) { fired.append(index) } }
                try await loop.sleep(until: deadline)
            }
            #expect(fired.entries == Array(0..<500))
        }
    }

    @Test("can be cancelled by another timer that is due with them")
    func cancelInCallback() async throws {
        try await withLoop { loop in
            let fired = Journal<String>()
            let cancelled = Journal<Bool>()
            try await loop.run {
                let deadline = loop.now + .milliseconds(5)
                var first: EventLoop.TimerHandle?
                var second: EventLoop.TimerHandle?
                first = loop.schedule(at: deadline) {
                    fired.append("first")
                    if let second { cancelled.append(loop.cancel(second)) }
                    // It is under way and no longer armed.
                    if let first { cancelled.append(loop.cancel(first)) }
                }
                second = loop.schedule(at: deadline) { fired.append("second") }
                _ = loop.schedule(at: deadline) {
                    fired.append("third")
                    if let first { cancelled.append(loop.cancel(first)) }
                }
                try await loop.sleep(until: deadline + .milliseconds(5))
                #expect(loop.timerCount == 0)
            }
            #expect(fired.entries == ["first", "third"])
            #expect(cancelled.entries == [true, false, false])
        }
    }

    @Test("are not cancelled by the handle of one that fired before them")
    func staleHandle() async throws {
        try await withLoop { loop in
            let fired = Journal<String>()
            try await loop.run {
                let old = loop.schedule(at: loop.now) { fired.append("old") }
                await loop.pass()
                #expect(fired.entries == ["old"])
                // Takes the place that the old one had.
                let deadline = loop.now + .milliseconds(5)
                _ = loop.schedule(at: deadline) { fired.append("new") }
                #expect(!loop.cancel(old))
                try await loop.sleep(until: deadline)
            }
            #expect(fired.entries == ["old", "new"])
        }
    }

    @Test("whose deadline has passed fire in the next turn, in the order of their arming")
    func past() async throws {
        try await withLoop { loop in
            let fired = Journal<Int>()
            try await loop.run {
                _ = loop.schedule(at: loop.now) { fired.append(0) }
                _ = loop.schedule(at: Deadline(nanoseconds: 7)) { fired.append(1) }
                _ = loop.schedule(at: Deadline(nanoseconds: 0)) { fired.append(2) }
                #expect(fired.count == 0)
                await loop.yield()
                #expect(fired.entries == [0, 1, 2])
            }
        }
    }

    @Test("of the far future neither fire nor overflow")
    func farFuture() async throws {
        try await withLoop { loop in
            let fired = Journal<String>()
            try await loop.run {
                let armed = [
                    loop.schedule(at: .distantFuture) { fired.append("never") },
                    loop.schedule(at: loop.now + .seconds(86400 * 3650)) { fired.append("in ten years") },
                    loop.schedule(at: loop.now + .seconds(Int64.max)) { fired.append("at no time") },
                ]
                try await loop.sleep(for: .milliseconds(5))
                #expect(loop.timerCount == 3)
                for timer in armed { #expect(loop.cancel(timer)) }
                #expect(loop.timerCount == 0)
            }
            #expect(fired.count == 0)
        }
    }

    /// What this thread has used, whatever else the machine is doing.
    private func processorTime() -> Deadline {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Deadline(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    @Test("a hundred thousand of them are armed and cancelled in no time, and idle ones cost the loop nothing")
    func aHundredThousand() async throws {
        try await withLoop { loop in
            let (arming, turning, cancelling) = try await loop.run {
                let start = processorTime()
                let base = loop.now + .seconds(3600)
                let armed = (0..<100_000).map { index in
                    // Scattered, so that the heap has work to do.
                    loop.schedule(at: base + .milliseconds(index &* 7919 % 100_003)) {}
                }
                let isArmed = processorTime()
                for _ in 0..<1000 { await loop.yield() }
                let hasTurned = processorTime()
                #expect(loop.timerCount == 100_000)
                for timer in armed { loop.cancel(timer) }
                #expect(loop.timerCount == 0)
                return (
                    isArmed.duration(since: start), hasTurned.duration(since: isArmed),
                    processorTime().duration(since: hasTurned)
                )
            }
            // Without optimisation or under a sanitizer; anything quadratic would take minutes.
            #expect(arming < .seconds(10))
            #expect(turning < .seconds(2))
            #expect(cancelling < .seconds(10))
        }
    }
}
