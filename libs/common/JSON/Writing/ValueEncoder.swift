/// What a type's `encode(to:)` is given: room for one value.
struct ValueEncoder: Encoder {
    let output: Output
    let depth: Int

    var codingPath: [any CodingKey] { output.codingPath }
    var userInfo: [CodingUserInfoKey: Any] { output.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedWriting.container(output, depth)
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedWriting(output, depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        self
    }
}

extension ValueEncoder: SingleValueEncodingContainer {
    /// The output, ready for the one value.
    @inline(__always)
    private var due: Output {
        output.beginScalar(at: depth)
        return output
    }

    func encodeNil() { due.writeNull() }
    func encode(_ value: Double) throws { try due.write(value) }
    func encode(_ value: Float) throws { try due.write(value) }
    func encode(_ value: Bool) { due.write(value) }
    func encode(_ value: String) { due.write(value) }
    func encode(_ value: Int) { due.write(value) }
    func encode(_ value: Int8) { due.write(value) }
    func encode(_ value: Int16) { due.write(value) }
    func encode(_ value: Int32) { due.write(value) }
    func encode(_ value: Int64) { due.write(value) }
    func encode(_ value: UInt) { due.write(value) }
    func encode(_ value: UInt8) { due.write(value) }
    func encode(_ value: UInt16) { due.write(value) }
    func encode(_ value: UInt32) { due.write(value) }
    func encode(_ value: UInt64) { due.write(value) }
    func encode<T: Encodable>(_ value: T) throws { try due.write(value: value) }
}
