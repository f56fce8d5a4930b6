import CPostgres

/// A result of libpq, freed with the last row that comes from it.
///
/// Unchecked because a result is never changed once it is here.
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let columns: Columns

    init(_ pointer: OpaquePointer, columns: Columns) {
        self.pointer = pointer
        self.columns = columns
    }

    deinit {
        PQclear(pointer)
    }

    var count: Int { Int(PQntuples(pointer)) }

    /// What the server says that it did, as `INSERT 0 1`.
    var command: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// How many rows a statement without rows has changed.
    var affected: Int {
        guard let text = PQcmdTuples(pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }
}

/// The names and types of a result's columns; one object for all results of a statement.
final class Columns: Sendable {
    let names: [String]
    let types: [UInt32]

    static let none = Columns(names: [], types: [])

    init(names: [String], types: [UInt32]) {
        self.names = names
        self.types = types
    }

    convenience init(of result: OpaquePointer) {
        let count = PQnfields(result)
        self.init(
            names: (0..<count).map { PQfname(result, $0).map { String(cString: $0) } ?? "" },
            types: (0..<count).map { PQftype(result, $0) })
    }

    /// Names match as they are, or with `_` and the case of letters left out: `created_at` is `createdAt`, too.
    func index(of name: String, from hint: Int = 0) -> Int? {
        if hint < names.count, names[hint] == name { return hint }
        if let exact = names.firstIndex(of: name) { return exact }
        if hint < names.count, Self.isLike(names[hint], name) { return hint }
        return names.firstIndex { Self.isLike($0, name) }
    }

    private static func isLike(_ one: String, _ other: String) -> Bool {
        one.utf8.lazy.compactMap(folded).elementsEqual(other.utf8.lazy.compactMap(folded))
    }

    private static func folded(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "_"): nil
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        default: byte
        }
    }
}
