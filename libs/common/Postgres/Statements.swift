/// Whatever runs statements: a `Database`, where each commits by itself, or a `Transaction`.
public protocol Statements: Sendable {
    /// Runs a statement and answers its rows. `timeout` ends it early, on the server, too.
    func run(_ sql: SQL, timeout: Duration?) async throws(PostgresError) -> Rows
}

extension Statements {
    /// The rows of a statement.
    public func rows(_ sql: SQL, timeout: Duration? = nil) async throws(PostgresError) -> Rows {
        try await run(sql, timeout: timeout)
    }

    /// Every row as a `Value`: a value of the first column, or a struct whose properties are columns.
    public func rows<Value: Decodable & Sendable>(
        _ sql: SQL, as type: Value.Type, timeout: Duration? = nil
    ) async throws(PostgresError) -> [Value] {
        try await run(sql, timeout: timeout).decode(type)
    }

    /// The first row, if there is one.
    public func first<Value: Decodable & Sendable>(
        _ sql: SQL, as type: Value.Type = Value.self, timeout: Duration? = nil
    ) async throws(PostgresError) -> Value? {
        try await run(sql, timeout: timeout).first?.decode(type)
    }

    /// Runs a statement for its effect and answers how many rows it changed.
    @discardableResult
    public func execute(_ sql: SQL, timeout: Duration? = nil) async throws(PostgresError) -> Int {
        try await run(sql, timeout: timeout).affected
    }
}
