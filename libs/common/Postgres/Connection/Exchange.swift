import Loop

/// Something that may wait for a connection.
class Waiting {
    var since = Deadline.distantFuture

    /// What it waited for will not come.
    func giveUp(_ reason: PostgresError) {}
}

/// One statement on its way through a connection, told once what became of it. Belongs to one loop.
class Exchange: Waiting {
    let sql: SQL
    /// How the connection that it is on knows it.
    var prepared: PreparedStatement?
    /// What its rows consist of, known from the first.
    var columns: Columns?
    /// It is prepared on the way.
    var isPreparing = false
    /// A cancellation that was meant for another exchange may have hit this one.
    var mayBeHit = false

    /// It ends within the server's limit; rows that somebody takes one by one may take longer.
    var isBounded: Bool { true }

    init(_ sql: SQL) {
        self.sql = sql
    }

    /// One row of many; only for a statement whose rows are wanted one by one.
    func row(_ result: ResultHandle) {}

    func finish(_ outcome: Result<ResultHandle, PostgresError>) {}
}
