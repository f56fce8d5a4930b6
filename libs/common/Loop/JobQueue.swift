/// A first-in, first-out ring of jobs. It grows by doubling and never shrinks; steady state allocates nothing.
struct JobQueue {
    struct Entry {
        let job: UnownedJob
        /// Whether the job came through the loop's serial executor and must run isolated to it.
        let isIsolated: Bool
    }

    private var storage: [Entry?]
    private var head = 0
    private(set) var count = 0

    init(capacity: Int = 256) {
        precondition(capacity & (capacity - 1) == 0, "the capacity is a power of two")
        storage = Array(repeating: nil, count: capacity)
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ entry: Entry) {
        if count == storage.count { grow() }
        storage[(head &+ count) & (storage.count &- 1)] = entry
        count &+= 1
    }

    mutating func popFirst() -> Entry? {
        guard count > 0 else { return nil }
        let entry = storage[head]
        head = (head &+ 1) & (storage.count &- 1)
        count &-= 1
        return entry
    }

    private mutating func grow() {
        var larger: [Entry?] = []
        larger.reserveCapacity(storage.count * 2)
        larger.append(contentsOf: storage[head...])
        larger.append(contentsOf: storage[..<head])
        larger.append(contentsOf: repeatElement(nil, count: storage.count))
        storage = larger
        head = 0
    }
}
