import CPostgres
import Loop

extension Connection {
    /// Connects without blocking the loop.
    static func open(
        _ info: ConnectionInfo, on loop: EventLoop, blocking: BlockingPool, timeout: Duration
    ) async throws(PostgresError) -> Connection {
        let deadline = Deadline.after(timeout)
        let begun: Begun
        do {
            begun = try await blocking.run { Begun(pointer: info.begin()) }
        } catch {
            throw .unavailable("no thread is free to look the database's address up")
        }
        guard let pointer = begun.pointer else { throw .unavailable("no memory for a connection") }
        do throws(PostgresError) {
            try await poll(pointer, on: loop, until: deadline)
        } catch {
            PQfinish(pointer)
            throw error
        }
        return try Connection(pointer, loop: loop)
    }

    /// Unchecked because the connection is handed over whole, from the thread that began it to the loop.
    private struct Begun: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static func poll(
        _ pointer: OpaquePointer, on loop: EventLoop, until deadline: Deadline
    ) async throws(PostgresError) {
        guard PQstatus(pointer) != CONNECTION_BAD else { throw .unavailable(pointer.errorMessage) }
        // As the manual has it: as if the last poll had asked to write.
        var interest = Readiness.writable
        while true {
            // libpq may try one address after another, each with a descriptor of its own.
            try await SocketWait.wait(PQsocket(pointer), for: interest, on: loop, until: deadline)
            switch PQconnectPoll(pointer) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: interest = .readable
            case PGRES_POLLING_WRITING: interest = .writable
            default: throw .unavailable(pointer.errorMessage)
            }
        }
    }
}

/// Waits once for a descriptor.
private final class SocketWait: Pollable {
    private enum Outcome { case ready, timedOut, cancelled }

    private let loop: EventLoop
    private var token: WatchToken?
    private var timer: EventLoop.TimerHandle?
    private var continuation: UnsafeContinuation<Outcome, Never>?

    private init(loop: EventLoop) {
        self.loop = loop
    }

    static func wait(
        _ descriptor: Int32, for interest: Readiness, on loop: EventLoop, until deadline: Deadline
    ) async throws(PostgresError) {
        if Task.isCancelled { throw .cancelled }
        let wait = SocketWait(loop: loop)
        do throws(LoopError) {
            wait.token = try loop.watch(descriptor, for: interest, trigger: .level, by: wait)
        } catch {
            throw .unavailable("\(error)")
        }
        let bound = LoopBound(wait, on: loop)
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                wait.continuation = continuation
                wait.timer = loop.schedule(at: deadline) { wait.end(.timedOut) }
            }
        } onCancel: {
            bound.loop.execute { bound.value.end(.cancelled) }
        }
        switch outcome {
        case .ready: return
        case .timedOut: throw .unavailable("no answer while connecting")
        case .cancelled: throw .cancelled
        }
    }

    func ready(_ readiness: Readiness) { end(.ready) }

    private func end(_ outcome: Outcome) {
        guard let continuation else { return }
        self.continuation = nil
        if let token { loop.unwatch(token) }
        if let timer { loop.cancel(timer) }
        continuation.resume(returning: outcome)
    }
}
