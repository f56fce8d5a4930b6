import Loop

/// A value that comes once and that many may wait for. Cancellation does not end the wait.
final class Completion<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    /// The first value holds.
    func complete(_ value: Value) {
        let waiting = state.withLock { state in
            guard state.value == nil else { return [UnsafeContinuation<Void, Never>]() }
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    var ifComplete: Value? { state.withLock { $0.value } }

    var value: Value {
        get async {
            while true {
                if let value = ifComplete { return value }
                await withUnsafeContinuation { continuation in
                    let isComplete = state.withLock { state in
                        if state.value == nil { state.waiting.append(continuation) }
                        return state.value != nil
                    }
                    if isComplete { continuation.resume() }
                }
            }
        }
    }
}
