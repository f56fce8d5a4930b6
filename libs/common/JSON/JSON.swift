public struct JSONWriter: Sendable {
    public init() {}
    public func encode<T: Encodable>(_ value: T) throws -> [UInt8] { [] }
}
public struct JSONReader: Sendable {
    public init() {}
    public func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws(JSONError) -> T { throw JSONError() }
}
public struct JSONError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable { case syntax, other }
    public var kind: Kind { .syntax }
    public var path: String { "$" }
    public var message: String { "" }
    public var description: String { "" }
}
public enum JSONValue: Codable, Sendable, Hashable {
    case null, bool(Bool), string(String), array([JSONValue]), number(Double)
    public init(from d: any Decoder) throws { self = .null }
    public func encode(to e: any Encoder) throws {}
    public var int: Int? { nil }
    public var string: String? { nil }
    public var array: [JSONValue]? { nil }
    public subscript(_ k: String) -> JSONValue? { nil }
}
public struct Timestamp: Codable, Sendable, Hashable { public var microseconds: Int64; public init(microseconds: Int64) { self.microseconds = microseconds } }
