import Configuration

extension DatabaseSettings {
    /// The settings of a service that has a database.
    public init(_ settings: inout SettingsReader, applicationName: String) {
        let url = settings.required(
            "DATABASE_URL", .databaseURL, "the database, and the role that owns the service's schema", isSecret: true)
        self.init(url: url, applicationName: applicationName)
        let time = Duration.milliseconds(1)...Duration.seconds(3600)
        maximumConnections = settings.value(
            "DATABASE_CONNECTIONS", .int(2...1000), default: maximumConnections,
            "connections that the service may open; at least two for each event loop")
        maximumWaiting = settings.value(
            "DATABASE_MAX_WAITING", .int(1...1_000_000), default: maximumWaiting,
            "statements that may wait for a connection, for each event loop; more are refused")
        connectTimeout = settings.value(
            "DATABASE_CONNECT_TIMEOUT", .duration(time), default: connectTimeout, "the longest attempt to connect")
        waitTimeout = settings.value(
            "DATABASE_WAIT_TIMEOUT", .duration(time), default: waitTimeout,
            "how long a statement waits for a connection while all are in use")
        outageTimeout = settings.value(
            "DATABASE_OUTAGE_TIMEOUT", .duration(time), default: outageTimeout,
            "how long a statement waits for a database that is away, before the client is told to come again")
        idleTimeout = settings.value(
            "DATABASE_IDLE_TIMEOUT", .duration(time), default: idleTimeout,
            "how long a connection that nobody uses stays open")
        maximumPipelined = settings.value(
            "DATABASE_MAX_PIPELINED", .int(1...10_000), default: maximumPipelined,
            "statements that may be under way at once on one connection")
        transactionAttempts = settings.value(
            "DATABASE_TRANSACTION_ATTEMPTS", .int(1...100), default: transactionAttempts,
            "how often a transaction is tried that others were in the way of")
        statementTimeout = settings.value(
            "DATABASE_STATEMENT_TIMEOUT", .duration(time), default: statementTimeout,
            "the longest that a statement may take; the server holds to it, too")
    }
}
