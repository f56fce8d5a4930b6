/// Why a statement came to nothing.
public enum PostgresError: Error, Sendable {
    /// No connection can be had: the server is down or refuses us. Nothing was done.
    case unavailable(String)
    /// Every connection is in use, and too much waits for one or waited too long. Nothing was done.
    case exhausted
    /// The connection broke while the statement was under way: it may have taken effect.
    case connectionLost(String)
    /// The server refused the statement; nothing of it took effect.
    case refused(ServerRefusal)
    /// The time was up; nothing took effect.
    case timedOut
    /// The caller's task was cancelled; nothing took effect.
    case cancelled
    /// A parameter cannot be sent.
    case invalidParameter(number: Int, String)
    /// A column is not there, or cannot be read as the type that was asked for.
    case unreadableColumn(String, String)
    /// The transaction has ended, or failed at an earlier statement.
    case transactionOver
    /// The pool was closed.
    case closed
}

/// What the server says of a statement that it refused.
public struct ServerRefusal: Sendable, Equatable {
    /// The five characters of the SQL standard, as `23505`.
    public let state: String
    public let message: String
    public let detail: String?
    public let constraint: String?
    public let table: String?
    public let column: String?

    public init(
        state: String, message: String, detail: String? = nil, constraint: String? = nil, table: String? = nil,
        column: String? = nil
    ) {
        self.state = state
        self.message = message
        self.detail = detail
        self.constraint = constraint
        self.table = table
        self.column = column
    }

    /// Doing the transaction again may well succeed.
    public var isTransient: Bool { state == "40001" || state == "40P01" }

    /// A prepared statement is unknown, or its tables have changed under it.
    var isStalePlan: Bool { state == "26000" || state == "0A000" }

    var isCancellation: Bool { state == "57014" }
}

extension PostgresError {
    /// The constraint that a unique violation names: what callers branch on most.
    public var violatedUniqueness: String? { violated("23505") }
    public var violatedForeignKey: String? { violated("23503") }
    public var violatedCheck: String? { violated("23514") }

    private func violated(_ state: String) -> String? {
        guard case .refused(let refusal) = self, refusal.state == state else { return nil }
        return refusal.constraint ?? ""
    }

    /// The error of an attempt to connect, without what every one of them says.
    var reason: String {
        if case .unavailable(let reason) = self { reason } else { description }
    }

    /// The server is away for now: a client may come again.
    public var isUnavailability: Bool {
        switch self {
        case .unavailable, .exhausted, .connectionLost, .closed: true
        default: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let reason): "the database cannot be reached: \(reason)"
        case .exhausted: "all connections to the database are in use"
        case .connectionLost(let reason): "the connection to the database broke: \(reason)"
        case .refused(let refusal): "the database refused the statement (\(refusal.state)): \(refusal.message)"
        case .timedOut: "the statement took too long"
        case .cancelled: "the statement was cancelled"
        case .invalidParameter(let number, let reason): "parameter \(number) of the statement: \(reason)"
        case .unreadableColumn(let column, let reason): "the column '\(column)': \(reason)"
        case .transactionOver: "the transaction is over"
        case .closed: "the connections to the database are closed"
        }
    }
}
