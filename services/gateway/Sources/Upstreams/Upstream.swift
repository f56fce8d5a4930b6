import HTTP
import Loop
import Service
import Telemetry

/// A service behind the gateway: its addresses, and whom to ask next.
final class Upstream: Sendable {
    let name: String
    let origins: [Origin]
    private let state: Locked<UpstreamState>
    private let ejections: Counter

    init(_ name: String, origins: [Origin], limits: UpstreamState.Limits, metrics: Metrics) {
        precondition(!origins.isEmpty, "a service has an address")
        self.name = name
        self.origins = origins
        state = Locked(UpstreamState(addresses: origins.count, limits: limits))
        ejections = metrics.counter(
            "gateway_upstream_failures_total", help: "Requests that a service's address failed.",
            labels: [("service", name)])
    }

    /// A request's hold on an address.
    struct Lease: Sendable {
        let index: Int
        let origin: Origin
    }

    /// Throws what the client is answered when there is nobody to ask.
    func lease(avoiding previous: Int? = nil, trying: Bool = true) throws(ServiceError) -> Lease {
        switch state.withLock({ $0.choose(now: .now, avoiding: previous, trying: trying) }) {
        case .address(let index): return Lease(index: index, origin: origins[index])
        case .full: throw Self.unavailable("upstream_busy", "\(name) has too much to do", after: .seconds(1))
        case .down(let wait): throw Self.unavailable("upstream_down", "\(name) does not answer", after: wait)
        }
    }

    func settle(_ lease: Lease, _ outcome: UpstreamState.Outcome) {
        if outcome == .failed { ejections.add() }
        state.withLock { $0.settle(lease.index, outcome, now: .now) }
    }

    func leave(_ lease: Lease) {
        state.withLock { $0.leave(lease.index) }
    }

    func checked(_ index: Int, passed: Bool, took latency: Duration = .zero) {
        state.withLock { $0.checked(index, passed: passed, took: latency) }
    }

    var standing: ReadinessState { state.withLock { $0.standing(now: .now) } }

    func summary() -> [(isUsable: Bool, underWay: Int)] { state.withLock { $0.summary(now: .now) } }

    private static func unavailable(_ code: String, _ message: String, after wait: Duration) -> ServiceError {
        let seconds = max(1, Int(wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)))
        return ServiceError(.serviceUnavailable, code, message, headers: ["retry-after": "\(seconds)"])
    }
}
