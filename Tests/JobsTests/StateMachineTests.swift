import JSON
import Loop
import Testing

@testable import Jobs

@Suite("The state machines of jobs")
struct StateMachineTests {
    typealias Life = LeaseLife

    enum Step: Sendable, CustomStringConvertible {
        case beat(held: Bool, cancelled: Bool)
        case timeUp, drained

        var description: String {
            switch self {
            case .beat(let held, let cancelled): "beat(\(held ? "held" : "lost")\(cancelled ? ", cancelled" : ""))"
            case .timeUp: "timeUp"
            case .drained: "drained"
            }
        }
    }

    static let lives: [([Step], [Life.Action], success: Life.Conclusion, failure: Life.Conclusion)] = [
        ([], [], .complete, .fail),
        ([.beat(held: true, cancelled: false)], [.none], .complete, .fail),
        ([.beat(held: true, cancelled: true)], [.stop(.cancelled)], .complete, .cancel),
        ([.beat(held: false, cancelled: false)], [.stop(.lost)], .abandon, .abandon),
        ([.timeUp], [.stop(.timeLimit)], .complete, .timeOut),
        ([.drained], [.stop(.drained)], .complete, .release),
        ([.beat(held: true, cancelled: true), .drained], [.stop(.cancelled), .none], .complete, .cancel),
        ([.drained, .beat(held: true, cancelled: true)], [.stop(.drained), .none], .complete, .release),
        ([.timeUp, .beat(held: false, cancelled: false)], [.stop(.timeLimit), .none], .abandon, .abandon),
        ([.beat(held: false, cancelled: false), .timeUp], [.stop(.lost), .none], .abandon, .abandon),
        (
            [.beat(held: false, cancelled: false), .beat(held: true, cancelled: false)], [.stop(.lost), .none],
            .abandon, .abandon
        ),
    ]

    @Test(
        "A lease's life: the first reason stops the work, a loss outweighs it, a success counts while it is held",
        arguments: lives)
    func life(
        _ example: ([Step], [Life.Action], success: Life.Conclusion, failure: Life.Conclusion)
    ) {
        for succeeded in [true, false] {
            var life = Life()
            let actions = example.0.map { step in
                switch step {
                case .beat(let held, let cancelled): life.answered(isHeld: held, isCancelled: cancelled)
                case .timeUp: life.timeLimitReached()
                case .drained: life.drainTimedOut()
                }
            }
            #expect(actions == example.1)
            #expect(life.handlerEnded(succeeded: succeeded) == (succeeded ? example.success : example.failure))
            #expect(life.answered(isHeld: false, isCancelled: true) == .none, "it is over")
            #expect(life.handlerEnded(succeeded: true) == .abandon)
        }
    }

    private func at(_ seconds: Double) -> Deadline { Deadline(nanoseconds: UInt64(seconds * 1e9)) }

    @Test("A worker claims for its free slots, announces itself when there is nothing, looks again, then waits")
    func idle() {
        var state = WorkerState(slots: 3, poll: .seconds(1))
        #expect(state.next(now: at(10), chance: 0.5) == .claim(3))
        state.claimed(0, of: 3)
        #expect(state.next(now: at(10), chance: 0.5) == .announce)
        state.announced()
        #expect(state.next(now: at(10), chance: 0.5) == .claim(3))
        state.claimed(0, of: 3)
        #expect(state.next(now: at(10), chance: 0.5) == .wait(until: at(11)))
        #expect(state.next(now: at(10.9), chance: 0.5) == .wait(until: at(11)))
        #expect(state.next(now: at(11), chance: 0) == .announce)
        state.announced()
        #expect(state.next(now: at(11), chance: 0) == .claim(3))
        state.claimed(0, of: 3)
        #expect(state.next(now: at(11), chance: 0) == .wait(until: at(11.75)))
        state.woken()
        #expect(state.next(now: at(11.1), chance: 0) == .claim(3))
    }

    @Test("A worker fills its slots, claims again when one is free, and a short answer ends its hunger")
    func slots() {
        var state = WorkerState(slots: 2, poll: .seconds(1))
        state.claimed(2, of: 2)
        #expect(state.next(now: at(1), chance: 0) == .wait(until: .distantFuture))
        state.woken()
        #expect(state.next(now: at(1), chance: 0) == .wait(until: .distantFuture))
        state.jobEnded()
        #expect(state.next(now: at(1), chance: 0) == .claim(1))
        state.claimed(0, of: 1)
        #expect(state.running == 1)
        #expect(state.next(now: at(1), chance: 0) == .announce)
    }

    @Test("A worker comes back to a database that is away after growing pauses")
    func outage() {
        var state = WorkerState(slots: 1, poll: .seconds(1))
        var now = at(1)
        var pauses: [Double] = []
        for _ in 0..<8 {
            #expect(state.next(now: now, chance: 1) == .claim(1))
            state.failed(now: now, chance: 1)
            guard case .wait(let until) = state.next(now: now, chance: 1) else {
                Issue.record("it does not wait")
                return
            }
            pauses.append(until.duration(since: now).inSeconds)
            now = until
        }
        #expect(pauses == [0.125, 0.25, 0.5, 1, 2, 4, 4, 4])
    }

    @Test("A worker without slots claims nothing, whatever it hears, and is done once it drains")
    func noSlots() {
        var state = WorkerState(slots: 0, poll: .seconds(1))
        #expect(state.next(now: at(1), chance: 0) == .wait(until: .distantFuture))
        state.woken()
        #expect(state.next(now: at(100), chance: 1) == .wait(until: .distantFuture))
        state.drain()
        #expect(state.next(now: at(100), chance: 0) == .finish)
    }

    @Test("A worker that drains waits for its jobs and is done")
    func drain() {
        var state = WorkerState(slots: 2, poll: .seconds(1))
        state.claimed(1, of: 2)
        state.drain()
        #expect(state.next(now: at(1), chance: 0) == .wait(until: .distantFuture))
        state.jobEnded()
        #expect(state.next(now: at(1), chance: 0) == .finish)
    }

    @Test("A worker for one job claims once")
    func once() {
        var full = WorkerState(slots: 1, poll: .seconds(1), isOnce: true)
        #expect(full.next(now: at(1), chance: 0) == .claim(1))
        full.claimed(1, of: 1)
        full.jobEnded()
        #expect(full.next(now: at(1), chance: 0) == .finish)
        var empty = WorkerState(slots: 1, poll: .seconds(1), isOnce: true)
        empty.claimed(0, of: 1)
        #expect(empty.next(now: at(1), chance: 0) == .finish)
        var broken = WorkerState(slots: 1, poll: .seconds(1), isOnce: true)
        for _ in 0..<WorkerState.maximumFailuresOnce { broken.failed(now: at(1), chance: 0) }
        #expect(broken.next(now: at(100), chance: 0) == .finish)
    }

    @Test(
        "Retries wait twice as long each time up to the cap, drawn evenly from nothing to that",
        arguments: [(1, 2.0), (2, 4.0), (3, 8.0), (9, 512.0), (10, 600.0), (1000, 600.0)])
    func backoff(failures: Int, ceiling: Double) {
        let policy = RetryPolicy()
        #expect(policy.delay(afterFailures: failures, draw: 1).inSeconds == ceiling)
        #expect(policy.delay(afterFailures: failures, draw: 0.5).inSeconds == ceiling / 2)
        #expect(policy.delay(afterFailures: failures, draw: 0) == .zero)
    }

    @Test("Claims begin a little before the last one of their priority, and at the start now and then")
    func floors() {
        var floors = ClaimFloors(interval: .seconds(1), kinds: ["a", "b"])
        let time = Timestamp(seconds: 1000)
        #expect(floors.next(now: at(10)).isFromStart)
        floors.claimed("a", priority: 9, runAt: time)
        floors.claimed("a", priority: 0, runAt: time + .seconds(5))
        floors.claimed("a", priority: 0, runAt: time)
        floors.claimed("a", priority: 10, runAt: time)
        floors.claimed("b", priority: 8, runAt: time)
        floors.claimed("c", priority: 8, runAt: time)
        let next = floors.next(now: at(10.5))
        #expect(!next.isFromStart)
        #expect(next.floors[0] == time - .seconds(1) && next.floors[9] == time + .seconds(4))
        #expect(next.floors[11] == time - .seconds(1))
        #expect(next.floors.count == 20 && next.floors.count { $0 == ClaimFloors.start } == 17)
        floors.foundNothing()
        #expect(floors.next(now: at(10.6)).isFromStart)
        #expect(!floors.next(now: at(11.5)).isFromStart)
        #expect(floors.next(now: at(11.6)).floors == Array(repeating: ClaimFloors.start, count: 20))
    }

    @Test("Reports are collected, bounded, and say what was left out")
    func reportBuffer() {
        var settings = JobSettings()
        settings.reportLines = 2
        settings.lineBytes = 4
        settings.logBytes = 14
        var buffer = ReportBuffer(settings)
        #expect(buffer.dueAt == nil)
        buffer.progress(0.5)
        buffer.progress(0.25)
        buffer.progress(.nan)
        buffer.stage("a\0b")
        buffer.log("한국어")
        buffer.log("b")
        buffer.log("c")
        #expect(buffer.dueAt == Deadline(nanoseconds: 0))
        let report = buffer.take(now: at(1))
        #expect(report == JobReport(progress: 0.5, stage: "a\u{fffd}…", lines: ["한…", "b", "… 1 lines left out"]))
        buffer.settled()
        #expect(buffer.isEmpty && buffer.dueAt == nil)
        buffer.log("d")
        #expect(buffer.dueAt == at(1) + settings.reportInterval)
        buffer.log("eeee")
        #expect(buffer.take(now: at(2)).lines == ["d", "… the log is full"])
        buffer.settled()
        buffer.log("f")
        #expect(buffer.isEmpty, "that the log is full is said once")
        buffer.progress(7)
        #expect(buffer.take(now: at(3)) == JobReport(progress: 1))
    }

    @Test("A report that may not have been written is the next one, unchanged, with what came since behind it")
    func unwrittenReport() {
        var settings = JobSettings()
        settings.reportLines = 2
        var buffer = ReportBuffer(settings)
        buffer.log("a")
        let report = buffer.take(now: at(1))
        for line in ["b", "c", "d", "e"] { buffer.log(line) }
        buffer.stage("later")
        #expect(buffer.dueAt == at(1) + settings.reportInterval)
        #expect(buffer.take(now: at(2)) == report)
        buffer.settled()
        #expect(buffer.take(now: at(3)) == JobReport(stage: "later", lines: ["b", "c", "… 2 lines left out"]))
        buffer.settled()
        #expect(buffer.isEmpty)
    }
}
