/// Work that waits for a thread: first in, first out, and a piece that still waits can be taken back.
struct WorkQueue {
    struct Item {
        let id: UInt64
        /// Does the work; answers how to tell of its outcome.
        let work: @Sendable () -> @Sendable () -> Void
        /// Tells that it was taken back.
        let withdraw: @Sendable () -> Void
    }

    private var items: [Item] = []
    private var head = 0

    var count: Int { items.count - head }

    mutating func append(_ item: Item) {
        // What was taken is let go of in large pieces, so that a piece of work costs the same however long the queue.
        if head > 256, head > items.count / 2 {
            items.removeFirst(head)
            head = 0
        }
        items.append(item)
    }

    mutating func popFirst() -> Item? {
        guard head < items.count else { return nil }
        let item = items[head]
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else {
            items[head - 1] = Self.nothing
        }
        return item
    }

    /// Nil when it was taken already.
    mutating func remove(_ id: UInt64) -> Item? {
        guard let index = items[head...].firstIndex(where: { $0.id == id }) else { return nil }
        return items.remove(at: index)
    }

    private static let nothing = Item(id: .max, work: { {} }, withdraw: {})
}
