/// Writes `Encodable` values as JSON bytes: compact, strings in UTF-8 with only the escapes RFC 8259 demands, doubles
/// in the fewest digits that read back as the same number. NaN and infinities are refused.
public struct JSONWriter: Sendable {
    /// Whether the members of objects are written in the order of their names' bytes.
    public var sortedKeys: Bool
    /// Whether the text is laid out for people, two spaces a level.
    public var pretty: Bool
    /// What encoded types find in `encoder.userInfo`.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    public init(sortedKeys: Bool = false, pretty: Bool = false) {
        self.sortedKeys = sortedKeys
        self.pretty = pretty
    }

    public func encode<T: Encodable>(_ value: T) throws(JSONError) -> [UInt8] {
        let output = try write(value)
        return Array(output.bytes)
    }

    /// Appends the text to what `bytes` already holds; after an error `bytes` is as it was.
    public func encode<T: Encodable>(_ value: T, into bytes: inout [UInt8]) throws(JSONError) {
        let output = try write(value)
        bytes.append(contentsOf: output.bytes)
    }

    /// Encoding writes members as they come, so order and layout are given to the finished text: it is read back as a
    /// `JSONValue`, which keeps all else as it was.
    private func write<T: Encodable>(_ value: T) throws(JSONError) -> Output {
        let output = Output(userInfo: userInfo)
        try output.writeDocument(value)
        guard sortedKeys || pretty else { return output }
        let limits = JSONReader.Limits(maximumDepth: Output.maximumDepth, maximumBytes: .max)
        let arranged = Output(userInfo: userInfo)
        arranged.write(
            try JSONValue.parse(UnsafeRawBufferPointer(output.bytes), limits: limits),
            layout: Layout(sortedKeys: sortedKeys, pretty: pretty))
        return arranged
    }
}

/// How a `JSONValue` is laid out.
struct Layout {
    var sortedKeys = false
    var pretty = false
}
