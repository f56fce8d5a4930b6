/// An object, asked for members by key.
struct KeyedReading<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let document: Document
    let object: Int

    init(_ document: Document, _ index: Int) throws(JSONError) {
        guard document.tape[index].kind == .object else { throw document.mismatch("an object", at: index) }
        self.document = document
        object = index
    }

    var codingPath: [any CodingKey] { document.codingPath(to: object) }

    var allKeys: [Key] {
        var keys: [Key] = []
        document.forEachMember(of: object) { name, _ in
            if let key = Key(stringValue: name) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool {
        document.member(key.stringValue, of: object) != nil
    }

    /// The value of a member that must be there.
    @inline(__always)
    func value(_ key: Key) throws(JSONError) -> Int {
        try document.requiredMember(key.stringValue, of: object)
    }

    /// The value of a member, or nil if it is absent or null.
    @inline(__always)
    func presentValue(_ key: Key) -> Int? {
        document.presentMember(key.stringValue, of: object)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        KeyedDecodingContainer(try KeyedReading<NestedKey>(document, value(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try UnkeyedReading(document, value(key))
    }

    func superDecoder() throws -> any Decoder {
        ValueDecoder(document: document, index: try document.requiredMember(PathKey.super.stringValue, of: object))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        ValueDecoder(document: document, index: try value(key))
    }
}

extension Document {
    func requiredMember(_ name: String, of object: Int) throws(JSONError) -> Int {
        guard let index = member(name, of: object) else { throw missing(name, in: object) }
        return index
    }

    func presentMember(_ name: String, of object: Int) -> Int? {
        guard let index = member(name, of: object), !isNull(index) else { return nil }
        return index
    }
}
