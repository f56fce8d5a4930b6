import Synchronization

/// Lets so many in at a time.
final class ConcurrencyGate: Sendable {
    private let limit: Int
    private let inside = Atomic<Int>(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    func enter() -> Bool {
        if inside.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
        inside.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    func leave() {
        inside.wrappingSubtract(1, ordering: .relaxed)
    }
}
