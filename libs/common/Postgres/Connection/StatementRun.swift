import Loop

/// A statement that a task waits for.
final class StatementRun: Exchange {
    enum Place {
        case nowhere
        case waiting
        /// Shares the connection of this slot of the pool.
        case shared(Int)
        /// Is on a connection that its caller has alone.
        case leased(Int)
        case ended
    }

    var place = Place.nowhere
    /// Why its end is no longer wanted: the server was, or will be, told to stop it.
    var abandonment: PostgresError?
    var timer: EventLoop.TimerHandle?
    /// It was sent a second time already.
    var isSecondTry = false
    private let pool: LoopPool
    private var continuation: UnsafeContinuation<Result<ResultHandle, PostgresError>, Never>?

    init(_ sql: SQL, pool: LoopPool) {
        self.pool = pool
        super.init(sql)
    }

    func begin(_ continuation: UnsafeContinuation<Result<ResultHandle, PostgresError>, Never>) {
        self.continuation = continuation
    }

    override func giveUp(_ reason: PostgresError) { settle(.failure(reason)) }

    override func finish(_ outcome: Result<ResultHandle, PostgresError>) { pool.ended(self, outcome) }

    func settle(_ outcome: Result<ResultHandle, PostgresError>) {
        place = .ended
        tell(outcome)
    }

    /// A statement that was stopped because nobody wanted it says so; one that was done all the same is done.
    func judged(_ outcome: Result<ResultHandle, PostgresError>) -> Result<ResultHandle, PostgresError> {
        guard case .failure(.refused(let refusal)) = outcome, refusal.isCancellation else { return outcome }
        // The server's own limit looks alike.
        return .failure(abandonment ?? .timedOut)
    }

    /// Tells the task, once; the statement may still be on its way.
    func tell(_ outcome: Result<ResultHandle, PostgresError>) {
        if let timer { pool.loop.cancel(timer) }
        timer = nil
        continuation?.resume(returning: outcome)
        continuation = nil
    }
}
