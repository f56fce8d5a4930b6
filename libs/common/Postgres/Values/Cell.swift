import CPostgres

/// One field of one row as the server sent it. Lives as long as the row that it came from.
///
/// Unchecked because the bytes are the result's, which nothing changes and which `result` keeps.
public struct Cell: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    let type: UInt32
    let isNull: Bool
    let column: String
    private let result: ResultHandle

    init(_ result: ResultHandle, row: Int, column: Int) {
        self.result = result
        let (row, place) = (Int32(row), Int32(column))
        bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result.pointer, row, place), count: Int(PQgetlength(result.pointer, row, place)))
        isNull = PQgetisnull(result.pointer, row, place) == 1
        type = result.columns.types[column]
        self.column = result.columns.names[column]
    }

    /// An element of an array.
    init(element bytes: UnsafeRawBufferPointer, type: UInt32, isNull: Bool, of array: Cell) {
        self.bytes = bytes
        self.type = type
        self.isNull = isNull
        column = array.column
        result = array.result
    }

    func integer<Value: FixedWidthInteger>(_ value: Value.Type) throws(PostgresError) -> Value {
        guard bytes.count == MemoryLayout<Value>.size else { throw mismatch("\(Value.bitWidth) bits") }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }

    /// Refuses NULL and types other than those named.
    func expect(_ wanted: String, _ types: UInt32...) throws(PostgresError) {
        if isNull { throw mismatch(wanted, found: "NULL") }
        guard types.contains(type) else { throw mismatch(wanted) }
    }

    func mismatch(_ wanted: String, found: String? = nil) -> PostgresError {
        .unreadableColumn(column, "expected \(wanted), found \(found ?? TypeNames.name(of: type))")
    }
}

enum TypeNames {
    static func name(of type: UInt32) -> String {
        switch type {
        case TypeNumber.bool: "boolean"
        case TypeNumber.bytea: "bytea"
        case TypeNumber.int8: "bigint"
        case TypeNumber.int2: "smallint"
        case TypeNumber.int4: "integer"
        case TypeNumber.text: "text"
        case TypeNumber.json: "json"
        case TypeNumber.jsonb: "jsonb"
        case TypeNumber.float4: "real"
        case TypeNumber.float8: "double precision"
        case TypeNumber.varchar: "varchar"
        case TypeNumber.timestamp: "timestamp"
        case TypeNumber.timestamptz: "timestamptz"
        case TypeNumber.uuid: "uuid"
        case 1700: "numeric (cast it in the statement)"
        case 1082: "date (cast it in the statement)"
        default: "a type with the number \(type) (cast it in the statement)"
        }
    }
}
