/// A type as the server names it, and how its values travel.
public struct PostgresType: Sendable, Hashable {
    /// The number of the type in the server's catalogue; 0 lets the server choose by the place in the statement.
    public let identifier: UInt32
    /// The number of the type of arrays of it.
    public let arrayIdentifier: UInt32
    public let isBinary: Bool

    init(_ identifier: UInt32, array: UInt32, isBinary: Bool = true) {
        self.identifier = identifier
        arrayIdentifier = array
        self.isBinary = isBinary
    }

    static let bool = PostgresType(16, array: 1000)
    static let bytea = PostgresType(17, array: 1001)
    static let int8 = PostgresType(20, array: 1016)
    static let float8 = PostgresType(701, array: 1022)
    static let timestamptz = PostgresType(1184, array: 1185)
    static let uuid = PostgresType(2950, array: 2951)
    /// As text of a type that the server infers: so a text fits a column of `text`, of an enumeration, of `citext`.
    static let text = PostgresType(0, array: 1009, isBinary: false)
    /// As above; `json` columns keep it to the letter, `jsonb` columns its meaning.
    static let json = PostgresType(0, array: 3807, isBinary: false)
}

/// The numbers of types that are read.
enum TypeNumber {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
    static let void: UInt32 = 2278
    static let jsonb: UInt32 = 3802
    /// From here on types are made by users: enumerations, for one, which travel as text.
    static let firstOfUsers: UInt32 = 16_384
}
