import Loop
import Telemetry

/// What operators see of a database's use.
struct DatabaseObserver: Sendable {
    private let logger: Logger
    private let seconds: Histogram?
    private let failures: Counter?
    private let connects: Counter?
    private let losses: Counter?

    init(logger: Logger, metrics: Metrics?) {
        self.logger = logger
        seconds = metrics?.histogram("postgres_statement_seconds", help: "From asking for a statement to its end.")
        failures = metrics?.counter("postgres_statement_failures_total", help: "Statements that came to nothing.")
        connects = metrics?.counter("postgres_connects_total", help: "Connections made.")
        losses = metrics?.counter("postgres_connections_lost_total", help: "Connections that broke or were refused.")
    }

    func statementEnded(began: Deadline, _ outcome: Result<ResultHandle, PostgresError>) {
        seconds?.observe(Deadline.now.duration(since: began))
        if case .failure = outcome { failures?.add() }
    }

    func connected() { connects?.add() }

    func connectFailed(_ reason: String) {
        losses?.add()
        logger.warning("postgres_connect_failed", ["reason": .string(reason)])
    }

    func lost(_ reason: String) {
        losses?.add()
        logger.warning("postgres_connection_lost", ["reason": .string(reason)])
    }
}

/// The state of a pool; gauges.
public struct PoolFigures: Sendable, Equatable {
    /// Connections that are open, and those of them that one piece of work has alone.
    public var open = 0
    public var taken = 0
    /// Statements under way on shared connections, and work that waits for a connection.
    public var inFlight = 0
    public var waiting = 0

    static func + (one: PoolFigures, other: PoolFigures) -> PoolFigures {
        PoolFigures(
            open: one.open + other.open, taken: one.taken + other.taken, inFlight: one.inFlight + other.inFlight,
            waiting: one.waiting + other.waiting)
    }
}
