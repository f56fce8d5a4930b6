import Loop
import Telemetry

/// What operators see of a database's use.
struct DatabaseObserver: Sendable {
    private let logger: Logger
    private let seconds: Histogram
    private let failures: Counter
    private let connects: Counter
    private let losses: Counter
    private let open: Level
    private let taken: Level
    private let statements: Level

    init(logger: Logger, metrics: Metrics) {
        self.logger = logger
        seconds = metrics.histogram("postgres_statement_seconds", help: "From asking for a statement to its end.")
        failures = metrics.counter("postgres_statement_failures_total", help: "Statements that came to nothing.")
        connects = metrics.counter("postgres_connects_total", help: "Connections made.")
        losses = metrics.counter("postgres_connections_lost_total", help: "Connections that broke or were refused.")
        open = metrics.level("postgres_connections", help: "Connections that are open.")
        taken = metrics.level("postgres_connections_taken", help: "Connections that a transaction or a stream has.")
        statements = metrics.level("postgres_statements", help: "Statements that wait or run.")
    }

    func statementBegan() { statements.add() }

    func statementEnded(began: Deadline, _ outcome: Result<ResultHandle, PostgresError>) {
        statements.subtract()
        seconds.observe(Deadline.now.duration(since: began))
        if case .failure = outcome { failures.add() }
    }

    func connected() {
        connects.add()
        open.add()
    }

    func connectFailed(_ reason: String) {
        losses.add()
        logger.warning("postgres_connect_failed", ["reason": .string(reason)])
    }

    func lost(_ reason: String) {
        losses.add()
        open.subtract()
        logger.warning("postgres_connection_lost", ["reason": .string(reason)])
    }

    func closed() { open.subtract() }

    func leased() { taken.add() }

    func givenBack() { taken.subtract() }

    var figures: PoolFigures {
        PoolFigures(open: open.value, taken: taken.value, statements: statements.value)
    }
}

/// The state of a database's connections.
public struct PoolFigures: Sendable, Equatable {
    public var open: Int
    /// Connections that one piece of work has alone.
    public var taken: Int
    /// Statements that wait or run.
    public var statements: Int
}
