import JSON

extension Int: PostgresValue {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { bytes.append(bigEndian: Int64(self)) }

    public init(_ cell: Cell) throws(PostgresError) {
        try cell.expect("an integer", TypeNumber.int8, TypeNumber.int4, TypeNumber.int2, TypeNumber.oid)
        switch cell.type {
        case TypeNumber.int8: self = Int(try cell.integer(Int64.self))
        case TypeNumber.int4: self = Int(try cell.integer(Int32.self))
        case TypeNumber.oid: self = Int(try cell.integer(UInt32.self))
        default: self = Int(try cell.integer(Int16.self))
        }
    }
}

extension Int64: PostgresValue {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { bytes.append(bigEndian: self) }

    public init(_ cell: Cell) throws(PostgresError) { self = Int64(try Int(cell)) }
}

extension Double: PostgresValue {
    public static var postgresType: PostgresType { .float8 }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { bytes.append(bigEndian: bitPattern) }

    public init(_ cell: Cell) throws(PostgresError) {
        try cell.expect("a number with a point", TypeNumber.float8, TypeNumber.float4)
        if cell.type == TypeNumber.float8 {
            self = Double(bitPattern: try cell.integer(UInt64.self))
        } else {
            self = Double(Float(bitPattern: try cell.integer(UInt32.self)))
        }
    }
}

extension Bool: PostgresValue {
    public static var postgresType: PostgresType { .bool }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { bytes.append(self ? 1 : 0) }

    public init(_ cell: Cell) throws(PostgresError) {
        try cell.expect("a boolean", TypeNumber.bool)
        self = try cell.integer(UInt8.self) != 0
    }
}

extension String: PostgresValue {
    public static var postgresType: PostgresType { .text }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { bytes.append(contentsOf: utf8) }

    public init(_ cell: Cell) throws(PostgresError) {
        switch cell.type {
        case _ where cell.isNull: throw cell.mismatch("a text", found: "NULL")
        case TypeNumber.text, TypeNumber.varchar, TypeNumber.bpchar, TypeNumber.name, TypeNumber.json,
            TypeNumber.unknown, TypeNumber.firstOfUsers...:
            self = String(decoding: cell.bytes, as: UTF8.self)
        default: throw cell.mismatch("a text")
        }
    }
}

extension UUID: PostgresValue {
    public static var postgresType: PostgresType { .uuid }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }

    public init(_ cell: Cell) throws(PostgresError) {
        try cell.expect("a UUID", TypeNumber.uuid)
        guard cell.bytes.count == 16 else { throw cell.mismatch("a UUID") }
        self.init(
            high: UInt64(bigEndian: cell.bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: cell.bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

extension Timestamp: PostgresValue {
    public static var postgresType: PostgresType { .timestamptz }

    /// The server counts from 2000-01-01.
    private static let epoch: Int64 = 946_684_800_000_000

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        // The ends of the range are the server's infinities; a time so early or late is nobody's.
        bytes.append(bigEndian: microseconds.subtractingReportingOverflow(Self.epoch).partialValue)
    }

    public init(_ cell: Cell) throws(PostgresError) {
        try cell.expect("a time", TypeNumber.timestamptz, TypeNumber.timestamp)
        let count = try cell.integer(Int64.self)
        guard count != .min, count <= .max - Self.epoch else { throw cell.mismatch("a time", found: "infinity") }
        self.init(microseconds: count + Self.epoch)
    }
}

extension JSONValue: PostgresValue {
    public static var postgresType: PostgresType { .json }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        do throws(JSONError) {
            bytes.append(contentsOf: try serialise())
        } catch {
            throw .invalidParameter(number: 0, "cannot be written as JSON: \(error)")
        }
    }

    public init(_ cell: Cell) throws(PostgresError) {
        self = try cell.decodeJSON(JSONValue.self)
    }
}

extension Cell {
    /// The text of a `json` or `jsonb` field.
    var jsonText: UnsafeRawBufferPointer? {
        switch type {
        case TypeNumber.json: bytes
        // Its binary form is a version and the text.
        case TypeNumber.jsonb where bytes.first == 1: UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        default: nil
        }
    }

    func decodeJSON<Value: Decodable>(_ value: Value.Type) throws(PostgresError) -> Value {
        if isNull { throw mismatch("JSON", found: "NULL") }
        guard let text = jsonText else { throw mismatch("JSON") }
        do throws(JSONError) {
            let limits = JSONReader.Limits(maximumDepth: 512, maximumBytes: .max)
            return try JSONReader(limits: limits).decode(Value.self, from: text)
        } catch {
            throw .unreadableColumn(column, "JSON of another shape than \(Value.self): \(error)")
        }
    }
}

extension [UInt8] {
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
