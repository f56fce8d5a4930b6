/// At which level of which output a container writes.
final class WritingPlace {
    let output: Output
    var depth: Int

    init(_ output: Output, _ depth: Int) {
        self.output = output
        self.depth = depth
    }

    func beginMember(_ name: String) {
        output.beginMember(name, at: depth)
    }
}

/// An object being written, member by member.
struct KeyedWriting<Key: CodingKey>: KeyedEncodingContainerProtocol {
    private let place: WritingPlace

    private init(_ place: WritingPlace) {
        self.place = place
    }

    static func container(_ output: Output, _ depth: Int) -> KeyedEncodingContainer<Key> {
        output.beginObject(at: depth)
        let key = ObjectIdentifier(Key.self)
        if let unused = output.containers.unused(key) {
            output.containers.place(unused, as: WritingPlace.self).depth = depth
            return unsafeBitCast(output.containers.box(unused), to: KeyedEncodingContainer<Key>.self)
        }
        let place = WritingPlace(output, depth)
        let container = KeyedEncodingContainer(KeyedWriting(place))
        output.containers.keep(unsafeBitCast(container, to: Containers.Box.self), place, for: key)
        return container
    }

    var codingPath: [any CodingKey] { place.output.codingPath }

    /// The output, ready for the value of a member.
    @inline(__always)
    private func member(_ key: Key) -> Output {
        place.beginMember(key.stringValue)
        return place.output
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        KeyedWriting<NestedKey>.container(member(key).makeChild(), 0)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        UnkeyedWriting(member(key).makeChild(), 0)
    }

    func superEncoder() -> any Encoder {
        place.beginMember(PathKey.super.stringValue)
        return ValueEncoder(output: place.output.makeChild(), depth: 0)
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
