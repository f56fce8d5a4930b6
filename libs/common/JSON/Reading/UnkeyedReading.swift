/// An array, asked for one element after another.
///
/// Three words at most, so that the existential Codable puts it into needs no allocation.
struct UnkeyedReading: UnkeyedDecodingContainer {
    let text: ScannedText
    private let array: UInt32
    /// The token of the next element.
    private var next: UInt32
    private var passed: UInt32 = 0

    init(_ text: ScannedText, _ index: Int) throws(JSONError) {
        let document = text.document
        guard document.tape[index].kind == .array else { throw document.mismatch("an array", at: index) }
        self.text = text
        array = UInt32(index)
        next = array + 1
    }

    var document: Document {
        @inline(__always) get { text.document }
    }

    var codingPath: [any CodingKey] { document.codingPath(to: Int(array)) }
    var count: Int? { Int(document.tape[Int(array)].end) }
    var currentIndex: Int { Int(passed) }
    var isAtEnd: Bool { next >= document.tape[Int(array)].link }

    /// Reads the next element and passes it, unless `read` throws.
    @inline(__always)
    private mutating func element<T>(_ expected: String, _ read: (Int) throws -> T) throws -> T {
        guard !isAtEnd else { throw document.missingElement(expected, index: currentIndex, in: Int(array)) }
        let value = try read(Int(next))
        next = UInt32(truncatingIfNeeded: document.next(after: Int(next)))
        passed &+= 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, document.isNull(Int(next)) else { return false }
        return try element("null") { _ in true }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try element("an object") { [text] in try KeyedReading<NestedKey>.container(text, $0) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try element("an array") { [text] in try UnkeyedReading(text, $0) }
    }

    mutating func superDecoder() throws -> any Decoder {
        try element("a value") { [text] in ValueDecoder(text: text, index: $0) }
    }
}

extension UnkeyedReading {
    mutating func decode(_ type: Bool.Type) throws -> Bool { try element("a boolean", document.bool) }
    mutating func decode(_ type: String.Type) throws -> String { try element("a string", document.string) }
    mutating func decode(_ type: Double.Type) throws -> Double { try element("a number", document.double) }
    mutating func decode(_ type: Float.Type) throws -> Float { try element("a number", document.float) }
    mutating func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try element("a value") { [document] in try document.decode(type, at: $0) }
    }

    @inline(__always)
    private mutating func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
        try element("an integer") { [document] in try document.integer(type, at: $0) }
    }
}
