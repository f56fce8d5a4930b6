extension JSONValue {
    /// The value as JSON text.
    public func serialise(sortedKeys: Bool = false, pretty: Bool = false) throws(JSONError) -> [UInt8] {
        try JSONWriter(sortedKeys: sortedKeys, pretty: pretty).encode(self)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text, for logs and for people.
    public var description: String {
        (try? serialise()).map { String(decoding: $0, as: UTF8.self) } ?? "a value nested too deeply to show"
    }
}
