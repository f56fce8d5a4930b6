import HTTP
import Loop

/// What a route allows its callers: how often, how many at a time, how long.
struct RouteLimits: Sendable {
    let rate: RateLimiter?
    let rateKey: RateRule.Key
    let gate: ConcurrencyGate?
    let timeouts: ClientTimeouts

    init(_ route: GatewayRoute, timeouts: ClientTimeouts = ClientTimeouts()) {
        rate = route.rate.map { RateLimiter(requests: $0.requests, window: $0.window) }
        rateKey = route.rate?.key ?? .user
        gate = route.concurrency.map { ConcurrencyGate($0) }
        var timeouts = timeouts
        if let timeout = route.timeout { timeouts.firstByte = Nanoseconds(timeout) }
        if let silence = route.silence { timeouts.betweenBytes = Nanoseconds(silence) }
        self.timeouts = timeouts
    }

    /// A request's place among those under way, and what its answer says of the limits.
    struct Seat: Sendable {
        fileprivate let gate: ConcurrencyGate?
        let fields: Headers

        func leave() { gate?.leave() }
    }

    func enter(caller: String?, address: String) throws(ServiceError) -> Seat {
        var fields = Headers()
        if let rate {
            let decision = rate.take(key(caller, address))
            fields = rate.fields(decision, policy: rateKey.rawValue)
            guard decision.isAllowed else {
                fields.append("retry-after", "\(max(1, RateLimiter.seconds(decision.wait)))")
                throw ServiceError(
                    .tooManyRequests, "rate_limited",
                    "\(rate.requests) requests in \(rate.window) are allowed; try again later", headers: fields)
            }
        }
        guard gate?.enter() ?? true else {
            fields.append("retry-after", "1")
            throw ServiceError(
                .serviceUnavailable, "too_many_at_once", "too many of these requests are under way", headers: fields)
        }
        return Seat(gate: gate, fields: fields)
    }

    private func key(_ caller: String?, _ address: String) -> String {
        switch rateKey {
        case .user: caller.map { "u\($0)" } ?? "a\(address)"
        case .address: "a\(address)"
        case .route: ""
        }
    }
}
