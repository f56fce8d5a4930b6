import Loop
import Service

/// The addresses of one service, and what is known of each: who gets the next request. Pure: it is told what happened, and
/// the time.
///
/// A request goes to the address with the least under way. An address that fails several times in a row is left out for a
/// while, which grows; then one request tries it, and its outcome decides, or a health check that it passes meanwhile. One
/// that fails its health checks is left out until it passes one. When all are left out for failures, nobody is asked and callers are told how long to wait.
struct UpstreamState: Sendable {
    struct Limits: Sendable, Equatable {
        /// Failures in a row after which an address is left out.
        var failures = 5
        /// How long the first time; twice as long each further time, up to the longest.
        var firstPause = Duration.seconds(1)
        var longestPause = Duration.seconds(30)
        /// A request that tries an address keeps others away for the length of the pause before, but not for less.
        var shortestTrial = Duration.seconds(1)
        /// Requests under way to the service at a time.
        var concurrency = 10_000
        /// Health checks in a row that an address must fail, or pass, before it is believed.
        var checksToFail = 2
        var checksToPass = 1
    }

    enum Outcome: Sendable, Equatable {
        /// An answer came, whichever.
        case answered
        /// No connection, a connection lost, an answer that took too long, 502 to 504.
        case failed
        /// It ended for a reason that says nothing of the address: the client left.
        case undecided
    }

    enum Choice: Sendable, Equatable {
        case address(Int)
        /// Too many under way.
        case full
        /// Nobody to ask for so long.
        case down(retryAfter: Duration)
    }

    private struct Address: Sendable {
        var underWay = 0
        var failures = 0
        var pauses = 0
        /// Left out until then; nil while in use.
        var pausedUntil: Deadline?
        /// One request finds out whether the address is back; when it takes longer than this, another may.
        var triedUntil: Deadline?
        var isHealthy = true
        var checksInRow = 0
        /// Whether it ever did.
        var hasAnswered = false
        /// How long the last check took; nil before the first one.
        var latency: Duration?
    }

    let limits: Limits
    private var addresses: [Address]
    private var underWay = 0
    /// Where the search begins, so that equals take turns.
    private var turn = 0

    init(addresses: Int, limits: Limits = Limits()) {
        self.limits = limits
        self.addresses = Array(repeating: Address(), count: addresses)
    }

    /// Whom to ask; counts the request in. `avoiding` was tried already. A request that is not `trying` is for those in use
    /// alone: it says nothing of whether one that was left out is back.
    mutating func choose(now: Deadline, avoiding: Int? = nil, trying: Bool = true) -> Choice {
        guard underWay < limits.concurrency else { return .full }
        turn &+= 1
        var best: Int?
        for offset in addresses.indices {
            let index = (turn &+ offset) % addresses.count
            guard index != avoiding, isUsable(index, now), trying || addresses[index].pausedUntil == nil else {
                continue
            }
            // One that is to be tried again is tried at once: else it would wait for the others to be busy.
            if addresses[index].pausedUntil != nil {
                best = index
                break
            }
            if best.map({ addresses[index].underWay < addresses[$0].underWay }) ?? true { best = index }
        }
        guard let best else { return .down(retryAfter: pause(now)) }
        if addresses[best].pausedUntil != nil {
            addresses[best].triedUntil = now + max(limits.shortestTrial, pause(after: addresses[best].pauses - 1))
        }
        addresses[best].underWay += 1
        underWay += 1
        return .address(best)
    }

    private func isUsable(_ index: Int, _ now: Deadline) -> Bool {
        let address = addresses[index]
        return address.isHealthy && !isTried(address, now) && address.pausedUntil.map { $0 <= now } ?? true
    }

    private func isTried(_ address: Address, _ now: Deadline) -> Bool {
        address.triedUntil.map { $0 > now } ?? false
    }

    /// How long an address is left out that was so often before.
    private func pause(after pauses: Int) -> Duration {
        min(limits.longestPause, limits.firstPause * (1 << min(pauses, 20)))
    }

    /// Until the first address may be tried.
    private func pause(_ now: Deadline) -> Duration {
        let earliest = addresses.compactMap { $0.isHealthy && !isTried($0, now) ? $0.pausedUntil : nil }.min()
        guard let earliest, earliest > now else { return limits.firstPause }
        return earliest.duration(since: now)
    }

    /// A request has come to its end, or its answer's head is there: `settle` may come before `leave`.
    mutating func settle(_ index: Int, _ outcome: Outcome, now: Deadline) {
        var address = addresses[index]
        defer { addresses[index] = address }
        let wasTrying = address.triedUntil != nil
        address.triedUntil = nil
        switch outcome {
        case .undecided: break
        case .answered:
            address.hasAnswered = true
            address.failures = 0
            if wasTrying || address.pausedUntil == nil {
                address.pauses = 0
                address.pausedUntil = nil
            }
        case .failed:
            address.failures += 1
            guard wasTrying || address.failures >= limits.failures else { return }
            // Of many that were under way, only the first makes it longer.
            guard address.pausedUntil.map({ $0 <= now }) ?? true else { return }
            address.pausedUntil = now + pause(after: address.pauses)
            address.pauses += 1
        }
    }

    /// The request is no more under way.
    mutating func leave(_ index: Int) {
        addresses[index].underWay -= 1
        underWay -= 1
    }

    mutating func checked(_ index: Int, passed: Bool, took latency: Duration = .zero) {
        var address = addresses[index]
        defer { addresses[index] = address }
        address.latency = latency
        if passed { address.hasAnswered = true }
        guard passed != address.isHealthy else {
            address.checksInRow = 0
            // It answers, however long the request takes that tries it. If it fails again, its pause is longer.
            if passed, address.triedUntil != nil {
                address.triedUntil = nil
                address.failures = 0
                address.pausedUntil = nil
            }
            return
        }
        address.checksInRow += 1
        guard address.checksInRow >= (passed ? limits.checksToPass : limits.checksToFail) else { return }
        address.isHealthy = passed
        address.checksInRow = 0
        if passed {
            address.failures = 0
            address.pausedUntil = nil
            address.triedUntil = nil
            address.pauses = 0
        }
    }

    /// How the service is as a whole: the latency is the longest that a client may meet.
    func standing(now: Deadline) -> ReadinessState {
        let isUp = addresses.indices.map { addresses[$0].hasAnswered && isUsable($0, now) }
        guard addresses.contains(where: { $0.latency != nil }) else { return ReadinessState(.unknown) }
        let count = isUp.count { $0 }
        let those = zip(addresses, isUp).filter { count == 0 || $0.1 }
        return ReadinessState(
            count == 0 ? .down : count == isUp.count ? .up : .degraded, latency: those.compactMap(\.0.latency).max())
    }

    /// Address by address.
    func summary(now: Deadline) -> [(isUsable: Bool, underWay: Int)] {
        addresses.indices.map { (isUsable($0, now), addresses[$0].underWay) }
    }
}
