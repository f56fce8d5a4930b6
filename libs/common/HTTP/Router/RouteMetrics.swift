import Loop
import Telemetry

/// The counters and the latency histogram of one route; found once at start, so that a request only adds.
final class RouteMetrics: Sendable {
    private static let usualCodes: [UInt16] = [200, 201, 202, 204, 400, 401, 403, 404, 500, 503]

    let route: String
    private let usual: [Counter]
    private let unusual = Locked<[UInt16: Counter]>([:])
    private let duration: Histogram
    private let makeCounter: @Sendable (UInt16) -> Counter

    init(_ metrics: Metrics, method: String, route: String) {
        self.route = route
        let labels = [("method", method), ("route", route)]
        let makeCounter: @Sendable (UInt16) -> Counter = { code in
            metrics.counter(
                "http_requests_total", help: "Requests answered, by route and status.",
                labels: labels + [("status", String(code))])
        }
        self.makeCounter = makeCounter
        usual = Self.usualCodes.map(makeCounter)
        duration = metrics.histogram(
            "http_request_duration_seconds", help: "From a request's head to the last byte of its answer.",
            labels: labels)
    }

    func count(_ status: Status, nanoseconds: UInt64) {
        duration.observe(nanoseconds: nanoseconds)
        if let index = Self.usualCodes.firstIndex(of: status.code) {
            usual[index].add()
        } else {
            unusual.withLock { known in
                if let counter = known[status.code] { return counter }
                let counter = makeCounter(status.code)
                known[status.code] = counter
                return counter
            }.add()
        }
    }
}
