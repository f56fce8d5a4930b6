/// An array being written, element by element.
struct UnkeyedWriting: UnkeyedEncodingContainer {
    let output: Output
    private let depth: UInt32
    private var written: UInt32 = 0

    init(_ output: Output, _ depth: Int) {
        self.output = output
        self.depth = UInt32(truncatingIfNeeded: depth)
        output.beginArray(at: depth)
    }

    var codingPath: [any CodingKey] { output.codingPath }
    var count: Int { Int(written) }

    /// The output, ready for the next element.
    @inline(__always)
    private mutating func element() -> Output {
        written &+= 1
        output.beginElement(at: Int(depth))
        return output
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        KeyedWriting<NestedKey>.container(element().makeChild(), 0)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedWriting(element().makeChild(), 0)
    }

    mutating func superEncoder() -> any Encoder {
        ValueEncoder(output: element().makeChild(), depth: 0)
    }
}

extension UnkeyedWriting {
    mutating func encodeNil() { element().writeNull() }
    mutating func encode(_ value: Double) throws { try element().write(value) }
    mutating func encode(_ value: Float) throws { try element().write(value) }
    mutating func encode(_ value: Bool) { element().write(value) }
    mutating func encode(_ value: String) { element().write(value) }
    mutating func encode(_ value: Int) { element().write(value) }
    mutating func encode(_ value: Int8) { element().write(value) }
    mutating func encode(_ value: Int16) { element().write(value) }
    mutating func encode(_ value: Int32) { element().write(value) }
    mutating func encode(_ value: Int64) { element().write(value) }
    mutating func encode(_ value: UInt) { element().write(value) }
    mutating func encode(_ value: UInt8) { element().write(value) }
    mutating func encode(_ value: UInt16) { element().write(value) }
    mutating func encode(_ value: UInt32) { element().write(value) }
    mutating func encode(_ value: UInt64) { element().write(value) }
    mutating func encode<T: Encodable>(_ value: T) throws { try element().write(value: value) }
}
