import Testing

@testable import Engines

@Suite("The life of a run")
struct EngineLifeTests {
    private static func end(_ code: Int32, signal: Bool = false) -> ProgramEnd {
        ProgramEnd(code: code, isSignal: signal, cpuTime: .zero, peakMemoryBytes: 0)
    }

    enum Step {
        case report(GuardReport)
        case stop(EngineLife.StopReason, EngineLife.Action)
        case late(EngineLife.Action)
        case gone(byItself: Bool, mayHaveLeft: Bool)
    }

    static let cases: [(steps: [Step], outcome: EngineLife.Outcome?)] = [
        ([], nil),
        ([.report(.started)], nil),
        ([.report(.started), .report(.ended(end(0))), .gone(byItself: true, mayHaveLeft: false)], .ended(end(0))),
        ([.report(.started), .report(.ended(end(3))), .gone(byItself: true, mayHaveLeft: false)], .ended(end(3))),
        (
            [.report(.failed(2)), .report(.ended(end(127))), .gone(byItself: true, mayHaveLeft: false)],
            .notStarted(2)
        ),
        ([.gone(byItself: false, mayHaveLeft: true)], .lost),
        ([.report(.started), .gone(byItself: false, mayHaveLeft: true)], .lost),
        // A guard that somebody else killed may not have written what was heard.
        ([.report(.started), .report(.ended(end(0))), .gone(byItself: false, mayHaveLeft: true)], .lost),
        // One that we had to kill, for it could not end what the program left, has said how the program ended.
        (
            [
                .report(.started), .report(.ended(end(3))), .stop(.cancelled, .askGuard), .late(.killGuard),
                .gone(byItself: false, mayHaveLeft: true),
            ], .ended(end(3))
        ),
        // A guard says each thing once, and in order.
        (
            [
                .report(.started), .report(.ended(end(0))), .report(.ended(end(3))),
                .gone(byItself: true, mayHaveLeft: false),
            ], .lost
        ),
        ([.report(.started), .report(.started), .gone(byItself: true, mayHaveLeft: false)], .lost),
        (
            [
                .report(.started), .report(.failed(2)), .report(.ended(end(0))),
                .gone(byItself: true, mayHaveLeft: false),
            ], .lost
        ),
        ([.report(.ended(end(0))), .gone(byItself: true, mayHaveLeft: false)], .lost),
        (
            [
                .report(.started), .stop(.cancelled, .askGuard), .stop(.timedOut, .none),
                .report(.ended(end(15, signal: true))), .gone(byItself: true, mayHaveLeft: false),
            ], .stopped(.cancelled)
        ),
        (
            [.stop(.cancelled, .askGuard), .report(.started), .gone(byItself: false, mayHaveLeft: true)],
            .stopped(.cancelled)
        ),
        (
            [
                .report(.started), .stop(.timedOut, .askGuard), .late(.killGuard),
                .gone(byItself: false, mayHaveLeft: true), .late(.none), .stop(.cancelled, .none),
            ], .stopped(.timedOut)
        ),
        // It ended well in the moment in which it was told to.
        (
            [
                .report(.started), .stop(.cancelled, .askGuard), .report(.ended(end(0))),
                .gone(byItself: true, mayHaveLeft: false),
            ], .ended(end(0))
        ),
        (
            [
                .report(.started), .stop(.outputTooLarge, .askGuard), .report(.ended(end(0))),
                .gone(byItself: true, mayHaveLeft: false),
            ], .stopped(.outputTooLarge)
        ),
        // Its leftovers still hold the guard.
        (
            [
                .report(.started), .report(.ended(end(1))), .stop(.cancelled, .askGuard),
                .gone(byItself: true, mayHaveLeft: false),
            ], .ended(end(1))
        ),
        ([.report(.failed(13)), .stop(.cancelled, .none), .gone(byItself: true, mayHaveLeft: false)], .notStarted(13)),
    ]

    @Test("goes from step to step as the table says", arguments: cases)
    func table(steps: [Step], outcome: EngineLife.Outcome?) {
        var life = EngineLife()
        for step in steps {
            switch step {
            case .report(let report): life.guardReported(report)
            case .stop(let reason, let action): #expect(life.stop(reason) == action)
            case .late(let action): #expect(life.guardIsLate() == action)
            case .gone(let byItself, let mayHaveLeft): #expect(life.guardEnded(byItself: byItself) == mayHaveLeft)
            }
        }
        #expect(life.outcome == outcome)
        #expect(life.isOver == (outcome != nil))
    }

    @Test("understands what a guard reports, and nothing else")
    func reports() {
        #expect(GuardReport("started") == .started)
        #expect(GuardReport("failed 2") == .failed(2))
        let ended = GuardReport("signalled 9 1500000 2048")
        #expect(
            ended
                == .ended(
                    ProgramEnd(code: 9, isSignal: true, cpuTime: .milliseconds(1500), peakMemoryBytes: 2 << 20)))
        for line in ["", "started ", "start", "failed", "failed x", "failed 99999999999", "exited 1", "exited 1 2 x"] {
            #expect(GuardReport(line) == nil)
        }
    }
}
