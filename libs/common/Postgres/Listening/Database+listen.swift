import CPostgres
import Loop
import Telemetry

extension Database {
    /// Hears what is sent to the channels, over a connection of its own, until the sequence is no longer read. When the
    /// connection breaks it is made again, and `listening` says that something may have been missed.
    ///
    /// A notification is a hint to look, not a message to rely on: of more than a thousand unread ones the oldest go.
    public func listen(to channels: [Channel]) -> AsyncStream<Notification> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1000)) { continuation in
            let task = Task(executorPreference: nextLoop) {
                await self.listen(to: channels, continuation)
            }
            let key = keepListener(task)
            continuation.onTermination = { _ in
                task.cancel()
                self.forgetListener(key)
            }
        }
    }

    private func listen(to channels: [Channel], _ continuation: AsyncStream<Notification>.Continuation) async {
        guard let loop = EventLoop.current else { return }
        var backoff = Backoff()
        while !Task.isCancelled, !isClosed {
            do throws(PostgresError) {
                try await listenOnce(to: channels, on: loop, continuation) { backoff.succeeded() }
            } catch {
                if Task.isCancelled { break }
                logger.warning("postgres_listener_lost", ["reason": .string(error.reason)])
            }
            backoff.failed(now: loop.now)
            try? await loop.sleep(until: backoff.retryAt ?? loop.now)
        }
        continuation.finish()
    }

    /// Until the connection breaks or the task is cancelled.
    private func listenOnce(
        to channels: [Channel], on loop: EventLoop, _ continuation: AsyncStream<Notification>.Continuation,
        began: () -> Void
    ) async throws(PostgresError) {
        let connection = try await Connection.open(
            info, on: loop, blocking: blocking, timeout: settings.connectTimeout)
        defer { connection.close() }
        connection.onNotification = { name, payload in
            if let channel = Channel(name) { continuation.yield(.message(channel, payload)) }
        }
        try await begin(channels, on: connection)
        began()
        continuation.yield(.listening)
        let end = ConnectionEnd(connection)
        let bound = LoopBound(end, on: loop)
        let reason = await withTaskCancellationHandler {
            await withUnsafeContinuation { end.wait($0) }
        } onCancel: {
            bound.loop.execute { bound.value.came("cancelled") }
        }
        if !Task.isCancelled { throw .connectionLost(reason) }
    }

    /// A server that froze in between answers nothing, and is not waited for: neither for long nor by a task that was
    /// cancelled.
    private func begin(_ channels: [Channel], on connection: Connection) async throws(PostgresError) {
        let loop = connection.loop
        let timer = loop.schedule(at: loop.now + settings.connectTimeout) { connection.broke("no answer") }
        defer { loop.cancel(timer) }
        let bound = LoopBound(connection, on: loop)
        let result: Result<Void, PostgresError> = await withTaskCancellationHandler {
            do throws(PostgresError) {
                return .success(try await connection.run(script: Script(listeningTo: channels)))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            bound.loop.execute { if bound.value.script != nil { bound.value.broke("cancelled") } }
        }
        try result.get()
    }
}

/// The end of a connection, waited for by one task.
private final class ConnectionEnd {
    private var continuation: UnsafeContinuation<String, Never>?
    private var reason: String?

    init(_ connection: Connection) {
        connection.onLost = { [weak self] in self?.came($0) }
    }

    func wait(_ continuation: UnsafeContinuation<String, Never>) {
        if let reason { return continuation.resume(returning: reason) }
        self.continuation = continuation
    }

    func came(_ reason: String) {
        self.reason = self.reason ?? reason
        continuation?.resume(returning: reason)
        continuation = nil
    }
}
