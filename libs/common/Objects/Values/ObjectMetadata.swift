/// An object's own metadata: names as in `x-amz-meta-<name>`, without regard to case.
///
/// Stores change the names: some capitalise them, some turn `_` into `-`. So names are found by what survives everywhere.
public struct ObjectMetadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// In the order of their names; lower case.
    public private(set) var pairs: [(name: String, value: String)] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// Found by its folded name. A name that is no token, or a value that is not visible ASCII, makes the whole invalid
    /// (`problem`).
    public subscript(name: String) -> String? {
        get { pairs.first { Self.isSame($0.name, name) }?.value }
        set {
            pairs.removeAll { Self.isSame($0.name, name) }
            guard let newValue else { return }
            let name = name.utf8.contains { (0x41...0x5a).contains($0) } ? name.lowercased() : name
            let place = pairs.firstIndex { $0.name >= name } ?? pairs.count
            pairs.insert((name, newValue), at: place)
        }
    }

    public var isEmpty: Bool { pairs.isEmpty }

    public var byteCount: Int { pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }

    /// Why it cannot be sent; nil when it can.
    func problem(_ limits: ObjectLimits) -> ObjectError? {
        if byteCount > limits.metadataBytes {
            return .invalidRequest("metadata may have \(limits.metadataBytes) bytes")
        }
        for (name, value) in pairs {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else {
                return .invalidRequest("a metadata name has a character that headers do not carry")
            }
            // A blank at either end would be lost on the way.
            guard value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }), value.utf8.first != 0x20,
                value.utf8.last != 0x20
            else { return .invalidRequest("a metadata value must be visible ASCII") }
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { folded($0) == folded($1) }
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x41...0x5a: byte | 0x20
        case UInt8(ascii: "_"): UInt8(ascii: "-")
        default: byte
        }
    }

    public static func == (one: ObjectMetadata, other: ObjectMetadata) -> Bool {
        one.pairs.elementsEqual(other.pairs) { $0.name == $1.name && $0.value == $1.value }
    }

    /// Equal but for what stores do to names.
    public func isSame(as other: ObjectMetadata) -> Bool {
        pairs.count == other.pairs.count && pairs.allSatisfy { other[$0.name] == $0.value }
    }
}
