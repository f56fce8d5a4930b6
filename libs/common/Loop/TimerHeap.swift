/// A binary heap of deadlines whose entries can be cancelled by id: every operation is O(log n) and exact.
///
/// Pure: it knows no clock. Ids carry a generation, so the id of a timer that fired cancels nothing.
struct TimerHeap<Payload> {
    struct ID: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let generation: UInt32
    }

    private struct Slot {
        var payload: Payload?
        var heapIndex: Int32 = -1
        var generation: UInt32 = 0
    }

    private struct Node {
        var deadline: UInt64
        /// Orders timers with equal deadlines by their arming.
        var sequence: UInt64
        var slot: Int32
    }

    private var heap: [Node] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int32] = []
    private var nextSequence: UInt64 = 0

    var count: Int { heap.count }
    var earliest: UInt64? { heap.first?.deadline }

    mutating func insert(deadline: UInt64, _ payload: Payload) -> ID {
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = Int32(slots.count)
            slots.append(Slot())
        }
        slots[Int(slot)].payload = payload
        heap.append(Node(deadline: deadline, sequence: nextSequence, slot: slot))
        nextSequence &+= 1
        siftUp(heap.count - 1)
        return ID(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Removes a timer; answers its payload, or nil when it already fired or was cancelled.
    @discardableResult
    mutating func remove(_ id: ID) -> Payload? {
        guard slots.indices.contains(Int(id.slot)) else { return nil }
        let slot = slots[Int(id.slot)]
        guard slot.generation == id.generation, slot.heapIndex >= 0 else { return nil }
        removeNode(at: Int(slot.heapIndex))
        return release(id.slot)
    }

    /// What `popDue` takes to tell the timers armed by now from later ones.
    var mark: UInt64 { nextSequence }

    /// Takes the earliest timer whose deadline is not after `now`, unless it was armed since `mark`.
    mutating func popDue(_ now: UInt64, armedBefore mark: UInt64 = .max) -> Payload? {
        guard let first = heap.first, first.deadline <= now, first.sequence < mark else { return nil }
        removeNode(at: 0)
        return release(first.slot)
    }

    /// Cancels all; answers their payloads.
    mutating func removeAll() -> [Payload] {
        var payloads: [Payload] = []
        while let node = heap.popLast() {
            if let payload = release(node.slot) { payloads.append(payload) }
        }
        return payloads
    }

    private mutating func release(_ slot: Int32) -> Payload? {
        let payload = slots[Int(slot)].payload
        slots[Int(slot)].payload = nil
        slots[Int(slot)].heapIndex = -1
        slots[Int(slot)].generation &+= 1
        freeSlots.append(slot)
        return payload
    }

    private mutating func removeNode(at index: Int) {
        let last = heap.removeLast()
        guard index < heap.count else { return }
        heap[index] = last
        slots[Int(last.slot)].heapIndex = Int32(index)
        siftDown(index)
        siftUp(index)
    }

    private func isBefore(_ a: Node, _ b: Node) -> Bool {
        a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        let node = heap[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard isBefore(node, heap[parent]) else { break }
            place(heap[parent], at: index)
            index = parent
        }
        place(node, at: index)
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        let node = heap[index]
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
            guard isBefore(heap[child], node) else { break }
            place(heap[child], at: index)
            index = child
        }
        place(node, at: index)
    }

    private mutating func place(_ node: Node, at index: Int) {
        heap[index] = node
        slots[Int(node.slot)].heapIndex = Int32(index)
    }
}
