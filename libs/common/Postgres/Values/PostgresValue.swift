/// A value that can be a parameter of a statement.
public protocol PostgresEncodable: Sendable {
    static var postgresType: PostgresType { get }
    /// Appends the value in the format that its type says.
    func encode(into bytes: inout [UInt8]) throws(PostgresError)
}

/// A value that can be read from a column.
public protocol PostgresDecodable: Sendable {
    init(_ cell: Cell) throws(PostgresError)
}

/// Both ways.
public typealias PostgresValue = PostgresEncodable & PostgresDecodable

/// An enumeration with text for raw values is its text.
extension PostgresEncodable where Self: RawRepresentable, RawValue == String {
    public static var postgresType: PostgresType { .text }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { try rawValue.encode(into: &bytes) }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public init(_ cell: Cell) throws(PostgresError) {
        let raw = try RawValue(cell)
        guard let value = Self(rawValue: raw) else { throw cell.mismatch("\(Self.self)", found: "'\(raw)'") }
        self = value
    }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue == Int {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) { try rawValue.encode(into: &bytes) }
}
