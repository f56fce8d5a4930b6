/// Which object of which document a container reads.
final class ReadingPlace {
    let text: ScannedText
    let document: Document
    var object: Int

    init(_ text: ScannedText, _ object: Int) {
        self.text = text
        document = text.document
        self.object = object
    }

    func value(_ name: String) throws(JSONError) -> Int {
        try document.requiredMember(name, of: object)
    }

    func presentValue(_ name: String) -> Int? {
        document.presentMember(name, of: object)
    }
}

/// An object, asked for members by key.
struct KeyedReading<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let place: ReadingPlace

    var document: Document {
        @inline(__always) get { place.document }
    }
    private var object: Int { place.object }

    private init(_ place: ReadingPlace) {
        self.place = place
    }

    static func container(_ text: ScannedText, _ object: Int) throws(JSONError) -> KeyedDecodingContainer<Key> {
        let document = text.document
        guard document.tape[object].kind == .object else { throw document.mismatch("an object", at: object) }
        let key = ObjectIdentifier(Key.self)
        if let unused = text.containers.unused(key) {
            text.containers.place(unused, as: ReadingPlace.self).object = object
            return unsafeBitCast(text.containers.box(unused), to: KeyedDecodingContainer<Key>.self)
        }
        let place = ReadingPlace(text, object)
        let container = KeyedDecodingContainer(KeyedReading(place))
        text.containers.keep(unsafeBitCast(container, to: Containers.Box.self), place, for: key)
        return container
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
        try place.value(key.stringValue)
    }

    /// The value of a member, or nil if it is absent or null.
    @inline(__always)
    func presentValue(_ key: Key) -> Int? {
        place.presentValue(key.stringValue)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try KeyedReading<NestedKey>.container(place.text, value(key))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try UnkeyedReading(place.text, value(key))
    }

    func superDecoder() throws -> any Decoder {
        ValueDecoder(text: place.text, index: try place.value(PathKey.super.stringValue))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        ValueDecoder(text: place.text, index: try value(key))
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
