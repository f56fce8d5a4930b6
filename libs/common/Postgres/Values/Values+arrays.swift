import JSON

/// A type of which there are arrays.
public protocol PostgresElement: PostgresValue {
    static var arrayType: PostgresType { get }
    static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws(PostgresError)
    static func decodeArray(_ cell: Cell) throws(PostgresError) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresElement {
    public static var postgresType: PostgresType { Element.arrayType }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { try Element.encodeArray(self, into: &bytes) }
}

extension Array: PostgresDecodable where Element: PostgresElement {
    public init(_ cell: Cell) throws(PostgresError) { self = try Element.decodeArray(cell) }
}

extension Int: PostgresElement {}
extension Double: PostgresElement {}
extension Bool: PostgresElement {}
extension UUID: PostgresElement {}
extension Timestamp: PostgresElement {}
extension JSONValue: PostgresElement {}

extension String: PostgresElement {}

/// Arrays of bytes are `bytea`.
extension UInt8: PostgresElement {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { try Int(self).encode(into: &bytes) }

    public init(_ cell: Cell) throws(PostgresError) {
        let number = try Int(cell)
        guard let value = UInt8(exactly: number) else { throw cell.mismatch("0 to 255", found: "\(number)") }
        self = value
    }

    public static var arrayType: PostgresType { .bytea }

    public static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) throws(PostgresError) {
        bytes += elements
    }

    public static func decodeArray(_ cell: Cell) throws(PostgresError) -> [UInt8] {
        try cell.expect("bytes", TypeNumber.bytea)
        return [UInt8](cell.bytes)
    }
}

/// The binary form of an array: dimensions, whether there are NULLs, the elements' type; a length and a lower bound a
/// dimension; the elements, each behind its length.
extension PostgresElement {
    public static var arrayType: PostgresType {
        PostgresType(postgresType.arrayIdentifier, array: 0)
    }

    /// Elements of inferred types travel as `text` and `jsonb` in arrays, which need a type.
    private static var elementNumber: UInt32 {
        switch postgresType {
        case .json: TypeNumber.jsonb
        case .text: TypeNumber.text
        default: postgresType.identifier
        }
    }

    public static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws(PostgresError) {
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: elementNumber)
        guard !elements.isEmpty else { return }
        bytes.append(bigEndian: Int32(elements.count))
        bytes.append(bigEndian: Int32(1))
        for element in elements {
            let place = bytes.count
            bytes.append(bigEndian: Int32(0))
            if postgresType == .json { bytes.append(1) }
            try element.encode(into: &bytes)
            let length = Int32(bytes.count - place - 4)
            withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
        }
    }

    public static func decodeArray(_ cell: Cell) throws(PostgresError) -> [Self] {
        if cell.isNull { throw cell.mismatch("an array", found: "NULL") }
        var reader = ArrayReader(cell)
        let dimensions = try reader.next(Int32.self)
        _ = try reader.next(Int32.self)
        let type = try reader.next(UInt32.self)
        guard dimensions > 0 else { return [] }
        guard dimensions == 1 else { throw cell.mismatch("an array of one dimension") }
        let count = try reader.next(Int32.self)
        _ = try reader.next(Int32.self)
        guard count >= 0, Int(count) <= cell.bytes.count / 4 else { throw cell.mismatch("an array") }
        var elements: [Self] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count { elements.append(try Self(try reader.element(type))) }
        return elements
    }
}

private struct ArrayReader {
    private let cell: Cell
    private var offset = 0

    init(_ cell: Cell) { self.cell = cell }

    mutating func next<Value: FixedWidthInteger>(_ value: Value.Type) throws(PostgresError) -> Value {
        guard offset + MemoryLayout<Value>.size <= cell.bytes.count else { throw cell.mismatch("an array") }
        defer { offset += MemoryLayout<Value>.size }
        return Value(bigEndian: cell.bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    mutating func element(_ type: UInt32) throws(PostgresError) -> Cell {
        let length = Int(try next(Int32.self))
        guard length >= 0 else {
            return Cell(element: UnsafeRawBufferPointer(start: nil, count: 0), type: type, isNull: true, of: cell)
        }
        guard offset + length <= cell.bytes.count else { throw cell.mismatch("an array") }
        defer { offset += length }
        let bytes = UnsafeRawBufferPointer(rebasing: cell.bytes[offset..<offset + length])
        return Cell(element: bytes, type: type, isNull: false, of: cell)
    }
}
