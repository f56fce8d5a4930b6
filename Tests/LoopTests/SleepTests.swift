import Loop
import TestKit
import Testing

@Suite("Sleeping", .timeLimit(.minutes(1)))
struct SleepTests {
    private enum Outcome: Equatable { case slept, cancelled }

    @Test("takes its time, from the loop and from elsewhere")
    func duration() async throws {
        try await withLoop { loop in
            let start = Deadline.now
            try await loop.sleep(for: .milliseconds(20))
            #expect(Deadline.now >= start + .milliseconds(20))
            let slept = try await loop.run {
                let start = Deadline.now
                try await loop.sleep(for: .milliseconds(20))
                return (Deadline.now.duration(since: start), loop.isCurrent)
            }
            #expect(slept.0 >= .milliseconds(20))
            #expect(slept.1)
        }
    }

    @Test("for nothing or less returns", arguments: [Duration.zero, .seconds(-5), .nanoseconds(1)])
    func nothing(duration: Duration) async throws {
        try await withLoop { loop in
            try await loop.sleep(for: duration)
            try await loop.run { try await loop.sleep(for: duration) }
        }
    }

    @Test("ends at once when its task is cancelled, and leaves no timer behind", arguments: [true, false])
    func cancelled(isOnLoop: Bool) async throws {
        try await withLoop { loop in
            let sleeper = Task {
                if isOnLoop {
                    try await loop.run { try await loop.sleep(for: .seconds(3600)) }
                } else {
                    try await loop.sleep(for: .seconds(3600))
                }
            }
            let isArmed = try await eventually { try await loop.run { loop.timerCount == 1 } }
            #expect(isArmed)
            sleeper.cancel()
            await #expect(throws: CancellationError.self) { try await sleeper.value }
            let left = try await loop.run { loop.timerCount }
            #expect(left == 0)
        }
    }

    @Test("does not begin in a task that was cancelled before")
    func cancelledBefore() async throws {
        try await withLoop { loop in
            let mayBegin = Gate()
            let sleeper = Task(executorPreference: loop) {
                mayBegin.wait()
                try await loop.sleep(for: .seconds(3600))
            }
            sleeper.cancel()
            mayBegin.open()
            await #expect(throws: CancellationError.self) { try await sleeper.value }
        }
    }

    @Test("ends once when it is cancelled just as its time is up")
    func race() async throws {
        try await withLoops(2) { group in
            let ended = Journal<Outcome>()
            await withTaskGroup(of: Void.self) { tasks in
                for index in 0..<1000 {
                    let loop = group.nextLoop()
                    let delay = Duration.microseconds(index * 37 % 3000)
                    tasks.addTask {
                        let sleeper = Task {
                            do {
                                try await loop.sleep(for: delay)
                                ended.append(.slept)
                            } catch {
                                ended.append(.cancelled)
                            }
                        }
                        try? await Task.sleep(for: delay)
                        sleeper.cancel()
                        await sleeper.value
                    }
                }
            }
            #expect(ended.count == 1000)
            for loop in group.loops {
                let left = try await loop.run { loop.timerCount }
                #expect(left == 0)
            }
        }
    }
}
