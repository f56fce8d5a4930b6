/// A statement that one connection has prepared, or is preparing: what is sent later stands behind that on the wire.
final class PreparedStatement {
    let name: String
    let types: [UInt32]
    /// What it answers, known from its first result.
    var columns: Columns?
    fileprivate var lastUse = 0

    init(name: String, types: [UInt32]) {
        self.name = name
        self.types = types
    }
}

/// The statements that a connection has prepared, the least recently used one forgotten first.
struct StatementCache {
    enum LookUp {
        case known(PreparedStatement)
        /// Must be prepared in the same exchange; the name of `forgotten` is given up before.
        case new(PreparedStatement, forgotten: PreparedStatement?)
    }

    private let capacity: Int
    private var entries: [String: PreparedStatement] = [:]
    private var uses = 0
    private var made = 0

    init(capacity: Int = 512) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// One text with parameters of other types is prepared anew.
    mutating func lookUp(_ text: String, _ parameters: [Parameters.Slot]) -> LookUp {
        uses += 1
        var forgotten: PreparedStatement?
        if let found = entries[text] {
            if found.types.count == parameters.count,
                zip(found.types, parameters).allSatisfy({ $0 == $1.type.identifier })
            {
                found.lastUse = uses
                return .known(found)
            }
            forgotten = found
        } else if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            forgotten = oldest.value
            entries[oldest.key] = nil
        }
        made += 1
        let made = PreparedStatement(name: "s\(made)", types: parameters.map(\.type.identifier))
        made.lastUse = uses
        entries[text] = made
        return .new(made, forgotten: forgotten)
    }

    /// Its preparation failed, or it no longer fits the tables.
    mutating func forget(_ text: String, _ statement: PreparedStatement) {
        if entries[text] === statement { entries[text] = nil }
    }
}
