import Loop

/// A transaction that is under way, on a connection of its own. Its statements run in the order in which they are asked
/// for; after one failed, all that is left is to leave the closure.
///
/// Unchecked because everything but `loop` is used on that loop alone, which `run` sees to.
public final class Transaction: Statements, @unchecked Sendable {
    private let pool: LoopPool
    private let lease: Lease
    private let loop: EventLoop

    init(_ pool: LoopPool, _ lease: Lease) {
        self.pool = pool
        self.lease = lease
        loop = pool.loop
    }

    public func run(_ sql: SQL, timeout: Duration? = nil) async throws(PostgresError) -> Rows {
        guard loop.isCurrent else { throw .transactionOver }
        return Rows(result: try await pool.run(sql, on: lease, timeout: timeout))
    }
}

/// How a transaction is kept apart from others, and whether it may be done again.
public struct TransactionKind: Sendable {
    public enum Isolation: Sendable {
        case readCommitted, repeatableRead, serializable
    }

    public var isolation = Isolation.readCommitted
    public var isReadOnly = false
    /// The closure may run again from its start when the server says that another transaction was in the way: it changes
    /// nothing but the database.
    public var isRepeatable = false

    public init(isolation: Isolation = .readCommitted, isReadOnly: Bool = false, isRepeatable: Bool = false) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
        self.isRepeatable = isRepeatable
    }

    public static let once = TransactionKind()
    /// Done again after a deadlock or a serialisation failure.
    public static let repeatable = TransactionKind(isRepeatable: true)
    public static let serializable = TransactionKind(isolation: .serializable, isRepeatable: true)

    var begin: SQL {
        switch (isolation, isReadOnly) {
        case (.readCommitted, false): "BEGIN"
        case (.readCommitted, true): "BEGIN READ ONLY"
        case (.repeatableRead, false): "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case (.repeatableRead, true): "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        case (.serializable, false): "BEGIN ISOLATION LEVEL SERIALIZABLE"
        case (.serializable, true): "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY"
        }
    }
}

extension Database {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    @discardableResult
    public func transaction<Result: Sendable>(
        _ kind: TransactionKind = .once, _ body: @escaping @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        guard let loop = EventLoop.current else {
            return try await onLoop { try await self.transaction(kind, body) }
        }
        let pool = pool(of: loop)
        var attempt = 1
        while true {
            do {
                return try await pool.transaction(kind, body)
            } catch let error as PostgresError {
                guard kind.isRepeatable, attempt < settings.transactionAttempts, case .refused(let refusal) = error,
                    refusal.isTransient
                else { throw error }
                let milliseconds = Double(min(500, 4 << attempt)) * Double.random(in: 0.5...1)
                try await loop.sleep(for: .microseconds(Int(milliseconds * 1000)))
                attempt += 1
            }
        }
    }
}

extension LoopPool {
    func transaction<Result: Sendable>(
        _ kind: TransactionKind, _ body: @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        let lease = try await lease()
        defer { giveBack(lease) }
        // Nobody waits for the answer: it comes before that of the first statement.
        lease.connection?.send(Exchange(kind.begin))
        let transaction = Transaction(self, lease)
        do {
            let result = try await body(transaction)
            let committed = try await finish(lease, "COMMIT")
            // A transaction that failed is rolled back by COMMIT, without an error.
            guard committed == "COMMIT" else { throw PostgresError.transactionOver }
            return result
        } catch {
            if lease.connection?.isClosed == false, lease.connection?.isInTransaction == true {
                _ = try? await finish(lease, "ROLLBACK")
            }
            throw error
        }
    }

    /// Not cut short by a cancelled task: half an end is none. Answers what the server did.
    func finish(_ lease: Lease, _ sql: SQL) async throws(PostgresError) -> String {
        guard let connection = lease.connection else { throw .transactionOver }
        let outcome = await withUnsafeContinuation { connection.send(Ending(sql, $0)) }
        return try outcome.get().command
    }
}

/// The statement that ends a transaction.
private final class Ending: Exchange {
    private var continuation: UnsafeContinuation<Result<ResultHandle, PostgresError>, Never>?

    init(_ sql: SQL, _ continuation: UnsafeContinuation<Result<ResultHandle, PostgresError>, Never>) {
        self.continuation = continuation
        super.init(sql)
    }

    override func finish(_ outcome: Result<ResultHandle, PostgresError>) {
        continuation?.resume(returning: outcome)
        continuation = nil
    }
}
