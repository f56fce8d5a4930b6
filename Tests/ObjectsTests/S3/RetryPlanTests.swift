import Loop
import Testing

@testable import Objects

@Suite("When a request is sent again")
struct RetryPlanTests {
    private static let start = Deadline(nanoseconds: 0)

    private static func plan(_ isRepeatable: Bool = true, _ change: (inout RetryLimits) -> Void = { _ in }) -> RetryPlan
    {
        var limits = RetryLimits()
        change(&limits)
        return RetryPlan(limits, isRepeatable: isRepeatable, now: start)
    }

    @Test("Waits double, up to a limit, and the attempts end")
    func backsOff() {
        var plan = Self.plan { ($0.attempts, $0.longestWait) = (6, .milliseconds(300)) }
        let waits: [RetryPlan.Action] = (0..<6).map { _ in
            plan.failed(.unavailable(retryAfter: nil), at: Self.start, fraction: 1)
        }
        #expect(
            waits == [
                .wait(.milliseconds(100)), .wait(.milliseconds(200)), .wait(.milliseconds(300)),
                .wait(.milliseconds(300)), .wait(.milliseconds(300)), .giveUp,
            ])
    }

    @Test("Chance shortens a wait, but not one that the store asked for")
    func jitter() {
        var plan = Self.plan()
        #expect(plan.failed(.connectionLost, at: Self.start, fraction: 0.5) == .wait(.milliseconds(50)))
        #expect(
            plan.failed(.unavailable(retryAfter: .seconds(2)), at: Self.start, fraction: 0) == .wait(.seconds(2)))
    }

    @Test("Nobody waits longer than the whole may take")
    func total() {
        var plan = Self.plan()
        #expect(plan.failed(.unavailable(retryAfter: .seconds(11)), at: Self.start, fraction: 0) == .giveUp)
        #expect(plan.failed(.timedOut, at: Self.start + .seconds(60), fraction: 0) == .giveUp)
    }

    @Test(
        "What will not get better is not tried again",
        arguments: [
            ObjectError.notFound, .accessDenied(""), .preconditionFailed, .checksumMismatch, .tooLarge(limit: 1),
            .cancelled,
            .refused(status: 400, code: ""), .malformedAnswer(""), .storageFull, .invalidRange,
        ])
    func final(_ error: ObjectError) {
        var plan = Self.plan()
        #expect(plan.failed(error, at: Self.start, fraction: 0) == .giveUp)
    }

    @Test("A request that may have had its effect is not repeated when that would do harm")
    func notRepeatable() {
        var plan = Self.plan(false)
        #expect(plan.failed(.unavailable(retryAfter: nil), at: Self.start, fraction: 0) == .wait(.zero))
        #expect(plan.failed(.connectionLost, at: Self.start, fraction: 0) == .giveUp)
        var other = Self.plan(false)
        #expect(other.failed(.timedOut, at: Self.start, fraction: 0) == .giveUp)
    }
}
