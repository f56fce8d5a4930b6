/// A stand-in until the module is whole; `HTTP` encodes its error shape with it.
public struct JSONWriter: Sendable {
    public init() {}

    public func encode<T: Encodable>(_ value: T) throws -> [UInt8] { [] }
}
