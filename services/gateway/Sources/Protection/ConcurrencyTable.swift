import HTTP

/// How many requests each caller has under way. Only those who have any are in it, and no more of them than its capacity.
final class ConcurrencyTable: Sendable {
    static let defaultCapacity = 100_000

    let limit: Int
    private let inside: KeyedTable<Int>

    init(_ limit: Int, capacity: Int = ConcurrencyTable.defaultCapacity) {
        self.limit = limit
        inside = KeyedTable(capacity: capacity)
    }

    /// Callers who have requests under way.
    var count: Int { inside.count }

    /// Whoever is let in leaves once.
    func enter(_ key: String) -> Bool {
        let (limit, capacity) = (limit, inside.capacityPerPart)
        return inside.withPart(of: key) { part in
            let count = part[key] ?? 0
            guard count < limit, count > 0 || part.count < capacity else { return false }
            part[key] = count + 1
            return true
        }
    }

    func leave(_ key: String) {
        inside.withPart(of: key) { part in
            let count = (part[key] ?? 0) - 1
            part[key] = count > 0 ? count : nil
        }
    }
}
