import CPostgres
import Loop

/// A connection that one piece of work has alone.
final class Lease {
    /// Nil once it was given back.
    var connection: Connection?
    let index: Int

    init(_ connection: Connection, index: Int) {
        self.connection = connection
        self.index = index
    }
}

/// Work that waits for a lease.
final class LeaseWait: Waiting {
    var continuation: UnsafeContinuation<Result<LoopBound<Lease>, PostgresError>, Never>?
    private let loop: EventLoop

    init(loop: EventLoop) {
        self.loop = loop
    }

    override func giveUp(_ reason: PostgresError) { settle(.failure(reason)) }

    func settle(_ outcome: Result<Lease, PostgresError>) {
        continuation?.resume(returning: outcome.map { LoopBound($0, on: loop) })
        continuation = nil
    }
}

/// A message to the server that it stop what a connection works on. It goes over a connection of its own.
///
/// Unchecked because libpq lets any thread send it; nothing else uses the pointer.
final class Cancellation: @unchecked Sendable {
    private let pointer: OpaquePointer?

    init(_ connection: OpaquePointer) {
        pointer = PQgetCancel(connection)
    }

    /// Blocks until the server has dealt with it.
    func send() {
        guard let pointer else { return }
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(pointer, &message, Int32(message.count))
    }

    deinit {
        PQfreeCancel(pointer)
    }
}
