import HTTP
import Loop

/// What a route allows its callers: how often, how many at a time, how long.
struct RouteLimits: Sendable {
    let timeouts: ClientTimeouts
    private let rate: RateLimiter?
    private let concurrency: [(table: ConcurrencyTable, key: LimitKey)]

    init(_ route: GatewayRoute, timeouts: ClientTimeouts = ClientTimeouts()) {
        rate = route.rate.map { RateLimiter($0) }
        concurrency = route.concurrency.map { (ConcurrencyTable($0.requests), $0.key) }
        var timeouts = timeouts
        if let timeout = route.timeout { timeouts.firstByte = Nanoseconds(timeout) }
        if let silence = route.silence { timeouts.betweenBytes = Nanoseconds(silence) }
        self.timeouts = timeouts
    }

    /// A request's place among those under way, and what its answer says of the limits.
    struct Seat: Sendable {
        fileprivate var taken: [(table: ConcurrencyTable, key: String)] = []
        fileprivate(set) var fields = Headers()

        func leave() {
            for seat in taken { seat.table.leave(seat.key) }
        }
    }

    /// `caller` is asked for where somebody counts by it.
    func enter(caller: @autoclosure () -> String?, address: String) throws(ServiceError) -> Seat {
        var seat = Seat()
        if let rate { seat.fields = try rate.admit(rate.rule.key.text(caller(), address)) }
        for (table, key) in concurrency {
            let text = key.text(caller(), address)
            guard table.enter(text) else {
                seat.leave()
                throw Self.tooManyAtOnce(table.limit, key, seat.fields)
            }
            seat.taken.append((table, text))
        }
        return seat
    }

    /// Whose requests they are says whose fault it is: the caller's own, or nobody's.
    private static func tooManyAtOnce(_ limit: Int, _ key: LimitKey, _ fields: Headers) -> ServiceError {
        var fields = fields
        fields.append("retry-after", "1")
        return switch key {
        case .route:
            ServiceError(
                .serviceUnavailable, "too_many_at_once", "too many of these requests are under way", headers: fields)
        case .user, .address:
            ServiceError(
                .tooManyRequests, "too_many_at_once",
                "\(limit) of these requests at a time are allowed; try again when one has ended", headers: fields)
        }
    }
}

extension LimitKey {
    /// Who has no token is counted by his address.
    fileprivate func text(_ caller: @autoclosure () -> String?, _ address: String) -> String {
        switch self {
        case .user: caller().map { "u\($0)" } ?? "a\(ClientAddress.network(of: address))"
        case .address: "a\(ClientAddress.network(of: address))"
        case .route: ""
        }
    }
}
