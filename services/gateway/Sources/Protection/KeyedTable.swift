import Loop

/// A dictionary in parts, each with a lock of its own, so that loops seldom wait for each other. How much may be in it is
/// the caller's business, part by part.
struct KeyedTable<Value: Sendable>: Sendable {
    static var mostParts: Int { 16 }
    /// A table for less has fewer parts: in one that holds a few entries, chance would fill some and leave others empty.
    private static var leastPerPart: Int { 64 }

    let capacityPerPart: Int
    private let parts: [Locked<[String: Value]>]

    init(capacity: Int) {
        let count = min(Self.mostParts, max(1, capacity / Self.leastPerPart))
        capacityPerPart = max(1, capacity / count)
        parts = (0..<count).map { _ in Locked([:]) }
    }

    func withPart<Result: Sendable>(of key: String, _ body: (inout [String: Value]) -> Result) -> Result {
        parts[Int(UInt(bitPattern: key.hashValue) % UInt(parts.count))].withLock { body(&$0) }
    }

    var count: Int { parts.reduce(0) { $0 + $1.withLock { $0.count } } }
}
