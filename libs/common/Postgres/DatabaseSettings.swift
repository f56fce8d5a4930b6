import Loop

/// How a service uses its database.
public struct DatabaseSettings: Sendable {
    /// A `postgresql://` URL or libpq's `name=value` form.
    public var url: String
    /// What the server's own lists call us.
    public var applicationName: String
    /// Connections that all loops together may open; each loop has at least two.
    public var maximumConnections = 16
    /// Statements that may be under way at once on a connection that is shared.
    public var maximumPipelined = 64
    /// Statements and transactions that may wait for a connection, for each loop.
    public var maximumWaiting = 4096
    public var connectTimeout: Duration = .seconds(10)
    /// How long work waits for a connection while all are in use.
    public var waitTimeout: Duration = .seconds(10)
    /// How long work waits for a server that is away.
    public var outageTimeout: Duration = .seconds(1)
    /// How long a statement may take when its caller has set no earlier end. The server holds to it, too, so that nothing
    /// runs on for a process that died.
    public var statementTimeout: Duration = .seconds(30)
    /// A connection above the first that nobody used for so long is closed.
    public var idleTimeout: Duration = .seconds(300)
    /// How often a repeatable transaction is tried.
    public var transactionAttempts = 8

    public init(url: String, applicationName: String = "pentad") {
        self.url = url
        self.applicationName = applicationName
    }
}
