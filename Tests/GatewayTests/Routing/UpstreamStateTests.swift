import Loop
import Service
import Testing

@testable import Gateway

@Suite("The addresses of a service")
struct UpstreamStateTests {
    private let start = Deadline(nanoseconds: 1_000_000_000_000)

    private func state(_ addresses: Int, _ change: (inout UpstreamState.Limits) -> Void = { _ in }) -> UpstreamState {
        var limits = UpstreamState.Limits()
        limits.failures = 3
        change(&limits)
        return UpstreamState(addresses: addresses, limits: limits)
    }

    private func index(_ choice: UpstreamState.Choice) -> Int? {
        if case .address(let index) = choice { index } else { nil }
    }

    @Test("share the work: the one with the least under way is next, and equals take turns")
    func leastOutstanding() throws {
        var state = state(3)
        let first = (0..<3).compactMap { _ in index(state.choose(now: start)) }
        #expect(Set(first) == [0, 1, 2])
        state.leave(1)
        #expect(state.choose(now: start) == .address(1))
    }

    @Test("are left out after failures in a row, tried by one request, and longer each time")
    func ejection() {
        var state = state(2)
        func fail(_ index: Int, at now: Deadline) { state.settle(index, .failed, now: now) }
        fail(0, at: start)
        fail(0, at: start)
        state.settle(0, .answered, now: start)
        for _ in 0..<3 { fail(0, at: start) }
        for _ in 0..<4 { #expect(state.choose(now: start) == .address(1)) }
        let later = start + .seconds(1)
        #expect(state.choose(now: later) == .address(0))
        // One alone tries.
        #expect(state.choose(now: later) == .address(1))
        fail(0, at: later)
        #expect(state.choose(now: later + .milliseconds(1900)) == .address(1))
        #expect(state.choose(now: later + .seconds(2)) == .address(0))
        state.settle(0, .answered, now: later + .seconds(2))
        state.leave(0)
        #expect(state.choose(now: later + .seconds(2)) == .address(0))
    }

    @Test("when all are left out, say how long to wait")
    func down() {
        var state = state(1)
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        #expect(state.choose(now: start) == .down(retryAfter: .seconds(1)))
        #expect(state.choose(now: start + .milliseconds(400)) == .down(retryAfter: .milliseconds(600)))
    }

    @Test("are not tried by what says nothing of how they are")
    func documents() {
        var state = state(1)
        #expect(state.choose(now: start, trying: false) == .address(0))
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        let later = start + .seconds(2)
        #expect(index(state.choose(now: later, trying: false)) == nil)
        #expect(state.choose(now: later) == .address(0), "the trial is there for the next request")
        #expect(index(state.choose(now: later, trying: false)) == nil)
        state.settle(0, .answered, now: later)
        #expect(state.choose(now: later, trying: false) == .address(0))
    }

    @Test("show how the service is: up, degraded while some are away, down when all are")
    func standing() {
        var state = state(2)
        #expect(state.standing(now: start) == ReadinessState(.unknown))
        state.checked(0, passed: false, took: .milliseconds(2))
        #expect(state.standing(now: start) == ReadinessState(.down, latency: .milliseconds(2)), "it has never answered")
        state.checked(0, passed: true, took: .milliseconds(3))
        state.checked(1, passed: true, took: .milliseconds(8))
        #expect(state.standing(now: start) == ReadinessState(.up, latency: .milliseconds(8)))
        for _ in 0..<2 { state.checked(1, passed: false, took: .seconds(2)) }
        #expect(state.standing(now: start) == ReadinessState(.degraded, latency: .milliseconds(3)))
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        #expect(state.standing(now: start) == ReadinessState(.down, latency: .seconds(2)))
        // When its pause is over, requests go to it again.
        #expect(state.standing(now: start + .seconds(1)).status == .degraded)
        state.checked(1, passed: true, took: .milliseconds(1))
        #expect(state.standing(now: start + .seconds(1)).status == .up)
    }

    @Test("a trial that ends undecided lets the next request try")
    func undecided() {
        var state = state(1)
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        let later = start + .seconds(2)
        #expect(state.choose(now: later) == .address(0))
        #expect(index(state.choose(now: later)) == nil)
        state.settle(0, .undecided, now: later)
        state.leave(0)
        #expect(state.choose(now: later) == .address(0))
    }

    @Test("a trial that takes long keeps others away for the length of the pause alone")
    func slowTrial() {
        var state = state(1)
        state.checked(0, passed: true)
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        var now = start + .seconds(1)
        #expect(state.choose(now: now) == .address(0))
        #expect(state.standing(now: now).status == .down, "nobody else is let in")
        #expect(index(state.choose(now: now + .milliseconds(999))) == nil)
        now = now + .seconds(1)
        #expect(state.standing(now: now).status == .up)
        #expect(state.choose(now: now) == .address(0), "another tries")
        #expect(index(state.choose(now: now)) == nil)
        // The first comes back after all: it fails, so the next trial is after two seconds and takes up to two.
        state.settle(0, .failed, now: now)
        now = now + .seconds(2)
        #expect(state.choose(now: now) == .address(0))
        #expect(index(state.choose(now: now + .milliseconds(1900))) == nil)
        #expect(state.choose(now: now + .seconds(2)) == .address(0))
        state.settle(0, .answered, now: now + .seconds(2))
        for _ in 0..<3 { #expect(state.choose(now: now + .seconds(2)) == .address(0)) }
    }

    @Test("a check that is passed during a trial puts the address to use at once")
    func checkDuringTrial() {
        var state = state(1)
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        state.checked(0, passed: true)
        #expect(index(state.choose(now: start)) == nil, "a check alone does not make up for requests that fail")
        let now = start + .seconds(1)
        #expect(state.choose(now: now) == .address(0))
        #expect(index(state.choose(now: now)) == nil)
        state.checked(0, passed: true)
        for _ in 0..<3 { #expect(state.choose(now: now) == .address(0)) }
        #expect(state.standing(now: now).status == .up)
        // The trial fails later: one failure of many.
        state.settle(0, .failed, now: now)
        #expect(state.choose(now: now) == .address(0))
        for _ in 0..<2 { state.settle(0, .failed, now: now) }
        #expect(state.choose(now: now) == .down(retryAfter: .seconds(2)), "left out again, for longer")
    }

    @Test("a check that is passed after failed ones ends a trial, too")
    func checkAfterTrial() {
        var state = state(1)
        for _ in 0..<3 { state.settle(0, .failed, now: start) }
        let now = start + .seconds(1)
        #expect(state.choose(now: now) == .address(0))
        for _ in 0..<2 { state.checked(0, passed: false) }
        state.checked(0, passed: true)
        for _ in 0..<2 { #expect(state.choose(now: now) == .address(0)) }
    }

    @Test("that fail their checks are left out until they pass one")
    func checks() {
        var state = state(2)
        state.checked(0, passed: false)
        #expect((0..<2).compactMap { _ in index(state.choose(now: start)) }.contains(0))
        state.checked(0, passed: false)
        for _ in 0..<3 { #expect(state.choose(now: start) == .address(1)) }
        state.checked(0, passed: true)
        #expect(state.choose(now: start) == .address(0))
    }

    @Test("another address is asked the second time")
    func avoiding() {
        var state = state(2)
        for _ in 0..<5 { #expect(state.choose(now: start, avoiding: 1) == .address(0)) }
        #expect(index(self.state(1).copyAvoiding(0, start)) == nil)
    }

    @Test("take so many requests at a time and no more")
    func full() {
        var state = state(1) { $0.concurrency = 2 }
        #expect(state.choose(now: start) == .address(0))
        #expect(state.choose(now: start) == .address(0))
        #expect(state.choose(now: start) == .full)
        state.leave(0)
        #expect(state.choose(now: start) == .address(0))
    }
}

extension UpstreamState {
    fileprivate func copyAvoiding(_ index: Int, _ now: Deadline) -> Choice {
        var copy = self
        return copy.choose(now: now, avoiding: index)
    }
}
