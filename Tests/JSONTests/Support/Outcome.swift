import JSON

/// The error that reading `text` as `type` throws, or nil.
func failure<T: Decodable>(
    reading text: String, as type: T.Type = JSONValue.self, limits: JSONReader.Limits = .init()
) -> JSONError? {
    failure(reading: Array(text.utf8), as: type, limits: limits)
}

func failure<T: Decodable>(
    reading bytes: [UInt8], as type: T.Type = JSONValue.self, limits: JSONReader.Limits = .init()
) -> JSONError? {
    do {
        _ = try JSONReader(limits: limits).decode(type, from: bytes)
        return nil
    } catch {
        return error
    }
}

func read<T: Decodable>(_ text: String, as type: T.Type = T.self) throws(JSONError) -> T {
    try JSONReader().decode(type, from: text.utf8)
}

func written<T: Encodable>(_ value: T) throws(JSONError) -> String {
    String(decoding: try JSONWriter().encode(value), as: UTF8.self)
}
