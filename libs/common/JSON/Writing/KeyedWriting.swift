/// An object being written, member by member.
struct KeyedWriting<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let output: Output
    let depth: Int

    init(_ output: Output, _ depth: Int) {
        self.output = output
        self.depth = depth
        output.beginObject(at: depth)
    }

    var codingPath: [any CodingKey] { output.codingPath }

    /// The output, ready for the value of a member.
    @inline(__always)
    private func member(_ key: Key) -> Output {
        output.beginMember(key.stringValue, at: depth)
        return output
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        KeyedEncodingContainer(KeyedWriting<NestedKey>(member(key).makeChild(), 0))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        UnkeyedWriting(member(key).makeChild(), 0)
    }

    func superEncoder() -> any Encoder {
        output.beginMember(PathKey.super.stringValue, at: depth)
        return ValueEncoder(output: output.makeChild(), depth: 0)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        ValueEncoder(output: member(key).makeChild(), depth: 0)
    }
}

extension KeyedWriting {
    func encodeNil(forKey key: Key) { member(key).writeNull() }
    func encode(_ value: Double, forKey key: Key) throws { try member(key).write(value) }
    func encode(_ value: Float, forKey key: Key) throws { try member(key).write(value) }
    func encode(_ value: Bool, forKey key: Key) { member(key).write(value) }
    func encode(_ value: String, forKey key: Key) { member(key).write(value) }
    func encode(_ value: Int, forKey key: Key) { member(key).write(value) }
    func encode(_ value: Int8, forKey key: Key) { member(key).write(value) }
    func encode(_ value: Int16, forKey key: Key) { member(key).write(value) }
    func encode(_ value: Int32, forKey key: Key) { member(key).write(value) }
    func encode(_ value: Int64, forKey key: Key) { member(key).write(value) }
    func encode(_ value: UInt, forKey key: Key) { member(key).write(value) }
    func encode(_ value: UInt8, forKey key: Key) { member(key).write(value) }
    func encode(_ value: UInt16, forKey key: Key) { member(key).write(value) }
    func encode(_ value: UInt32, forKey key: Key) { member(key).write(value) }
    func encode(_ value: UInt64, forKey key: Key) { member(key).write(value) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try member(key).write(value: value) }
}
