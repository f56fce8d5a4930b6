import JSON

/// Reads a row into a `Decodable`: properties are columns by name; a property that is itself made of parts is read from a
/// column of `json` or `jsonb`.
final class RowDecoder: Decoder {
    let row: Row
    /// Set while one column is decoded.
    private let cell: Cell?
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(row: Row, cell: Cell? = nil, path: [any CodingKey] = []) {
        self.row = row
        self.cell = cell
        codingPath = path
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from row: Row) throws -> Value {
        if let value = try scalar(type, row) { return value }
        return try Value(from: RowDecoder(row: row))
    }

    /// A lone value is the first column.
    private static func scalar<Value>(_ type: Value.Type, _ row: Row) throws -> Value? {
        guard let decodable = type as? any PostgresDecodable.Type else { return nil }
        guard !row.result.columns.names.isEmpty else { return nil }
        return try decodable.init(Cell(row.result, row: row.index, column: 0)) as? Value
    }

    static func value<Value: Decodable>(
        _ type: Value.Type, of cell: Cell, in row: Row, _ path: @autoclosure () -> [any CodingKey]
    ) throws -> Value {
        // The usual ones first: asking the runtime for a conformance takes ten times as long. Each cast is to the very
        // type that the line has asked for.
        if type == UUID.self { return try UUID(cell) as! Value }
        if type == Timestamp.self { return try Timestamp(cell) as! Value }
        if let decodable = type as? any PostgresDecodable.Type { return try decodable.init(cell) as! Value }
        if cell.jsonText != nil { return try cell.decodeJSON(type) }
        return try Value(from: RowDecoder(row: row, cell: cell, path: path()))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        if let cell { throw cell.mismatch("json, for a value that is made of parts") }
        return KeyedDecodingContainer(RowContainer<Key>(row: row))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath, debugDescription: "a list is read from an array or json column"))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        let names = row.result.columns.names
        guard let cell = cell ?? (names.isEmpty ? nil : Cell(row.result, row: row.index, column: 0)) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "the statement answers no column"))
        }
        return CellContainer(row: row, cell: cell, codingPath: codingPath)
    }
}

private final class RowContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let row: Row
    /// Properties mostly come in the order of the columns.
    private var next = 0
    var codingPath: [any CodingKey] { [] }

    init(row: Row) {
        self.row = row
    }

    var allKeys: [Key] { row.result.columns.names.compactMap { Key(stringValue: $0) } }

    private func find(_ key: Key) -> Cell? {
        guard let place = row.result.columns.index(of: key.stringValue, from: next) else { return nil }
        next = place + 1
        return Cell(row.result, row: row.index, column: place)
    }

    private func cell(_ key: Key) throws -> Cell {
        guard let cell = find(key) else {
            throw PostgresError.unreadableColumn(key.stringValue, "the statement answers no such column")
        }
        return cell
    }

    func contains(_ key: Key) -> Bool { row.result.columns.index(of: key.stringValue, from: next) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try cell(key).isNull }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try Bool(cell(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try String(cell(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try Double(cell(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try Int(cell(key)) }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decodeValue(key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try decodeValue(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try decodeValue(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try decodeValue(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decodeValue(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try decodeValue(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try decodeValue(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decodeValue(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decodeValue(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decodeValue(key) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try RowDecoder.value(type, of: cell(key), in: row, [key])
    }

    private func decodeValue<Value: Decodable>(_ key: Key) throws -> Value {
        try CellContainer(row: row, cell: cell(key), codingPath: [key]).decodeNumber()
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key).map { try Bool($0) } }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try String($0) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key).map { try Double($0) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try present(key).map { try Int($0) } }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key).map { try RowDecoder.value(type, of: $0, in: row, [key]) }
    }

    private func present(_ key: Key) -> Cell? {
        guard let cell = find(key), !cell.isNull else { return nil }
        return cell
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw unnested(key) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw unnested(key) }

    func superDecoder() throws -> any Decoder { throw PostgresError.unreadableColumn("super", "a row has no parent") }

    func superDecoder(forKey key: Key) throws -> any Decoder { throw unnested(key) }

    private func unnested(_ key: Key) -> PostgresError {
        .unreadableColumn(key.stringValue, "a column is read as a whole")
    }
}

private struct CellContainer: SingleValueDecodingContainer {
    let row: Row
    let cell: Cell
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { cell.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try Bool(cell) }
    func decode(_ type: String.Type) throws -> String { try String(cell) }
    func decode(_ type: Double.Type) throws -> Double { try Double(cell) }
    func decode(_ type: Float.Type) throws -> Float { Float(try Double(cell)) }
    func decode(_ type: Int.Type) throws -> Int { try Int(cell) }
    func decode(_ type: Int8.Type) throws -> Int8 { try exactly() }
    func decode(_ type: Int16.Type) throws -> Int16 { try exactly() }
    func decode(_ type: Int32.Type) throws -> Int32 { try exactly() }
    func decode(_ type: Int64.Type) throws -> Int64 { try Int64(cell) }
    func decode(_ type: UInt.Type) throws -> UInt { try exactly() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try exactly() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try exactly() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try exactly() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try exactly() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try RowDecoder.value(type, of: cell, in: row, codingPath)
    }

    func decodeNumber<Value: Decodable>() throws -> Value { try Value(from: RowDecoder(row: row, cell: cell)) }

    private func exactly<Value: FixedWidthInteger>() throws -> Value {
        let number = try Int(cell)
        guard let value = Value(exactly: number) else { throw cell.mismatch("\(Value.self)", found: "\(number)") }
        return value
    }
}
