import Configuration
import HTTP
import Postgres

extension ServiceContext {
    /// The service's database: its schema brought up to date, its figures among the metrics.
    public func openDatabase(_ settings: DatabaseSettings, migrations: [MigrationSet]) async throws -> Database {
        let database = try Database(settings, loops: loops, blocking: blocking, logger: logger, metrics: metrics)
        do {
            try await database.migrate(migrations)
        } catch {
            database.close()
            throw error
        }
        return database
    }
}

extension ReadinessCheck {
    public static func database(_ database: Database) -> ReadinessCheck {
        ReadinessCheck("database") { try await database.check() }
    }
}

/// What a client is told of a database's failure: nothing of the statement, and whether to come again.
extension PostgresError: ServiceErrorConvertible {
    public var serviceError: ServiceError {
        switch self {
        case .unavailable, .exhausted, .connectionLost, .closed:
            ServiceError(
                .serviceUnavailable, "database_unavailable", "the database cannot be reached; try again soon",
                headers: ["retry-after": "1"], cause: self)
        case .timedOut:
            ServiceError(
                .serviceUnavailable, "database_timeout", "the database took too long; try again later",
                headers: ["retry-after": "5"], cause: self)
        case .cancelled:
            ServiceError(.serviceUnavailable, "cancelled", "the request was cancelled", cause: self)
        case .invalidParameter:
            // A zero character is the one thing that a text of a client can hold and PostgreSQL cannot.
            ServiceError(
                .badRequest, "unstorable_value", "a value of the request cannot be stored: remove zero characters",
                cause: self)
        case .refused(let refusal) where refusal.isTransient:
            ServiceError(
                .serviceUnavailable, "database_busy", "others were changing the same things; try again",
                headers: ["retry-after": "1"], cause: self)
        case .refused, .unreadableColumn, .transactionOver:
            ServiceError(
                .internalServerError, "internal_error", "something went wrong on our side", cause: self)
        }
    }
}
