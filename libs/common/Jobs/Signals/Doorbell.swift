import Loop

/// Wakes one waiting task: from anywhere, remembered until it waits the next time.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var waiter: UnsafeContinuation<Void, Never>?
    }

    private let state = Locked(State())

    func ring() {
        let waiter = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isRung = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns once it has rung, at the deadline, or when the task is cancelled. One task waits at a time, on a loop.
    func wait(until deadline: Deadline) async {
        guard let loop = EventLoop.current else { preconditionFailure("a doorbell is waited for on a loop") }
        var timer: EventLoop.TimerHandle?
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isRung = state.withLock { state in
                    guard !state.isRung else {
                        state.isRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                guard !isRung else { return continuation.resume() }
                timer = loop.schedule(at: deadline) { self.letGo() }
            }
        } onCancel: {
            ring()
        }
        if let timer { loop.cancel(timer) }
    }

    private func letGo() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
