/// Any JSON value, kept as it came: members stay in their order and numbers keep their spelling (`1.0`, `1e2`, thirty
/// digits), so that what is read and written again says the same.
///
/// Two values are equal if they mean the same: numbers by their exact decimal value (`1.0 == 1`, see `JSONNumber`),
/// objects whatever the order of their members, arrays element by element.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// Reads a whole document.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: JSONReader.Limits = JSONReader.Limits()
    ) throws(JSONError) -> JSONValue {
        try read(ScannedText(bytes, limits: limits))
    }

    public static func parse(
        _ bytes: some Collection<UInt8>, limits: JSONReader.Limits = JSONReader.Limits()
    ) throws(JSONError) -> JSONValue {
        try read(ScannedText.scan(bytes, limits: limits))
    }

    private static func read(_ text: ScannedText) -> JSONValue {
        withExtendedLifetime(text) { text.document.value(at: Document.root) }
    }

    public static func parse(
        _ text: String, limits: JSONReader.Limits = JSONReader.Limits()
    ) throws(JSONError) -> JSONValue {
        try parse(text.utf8, limits: limits)
    }
}

extension Document {
    /// The value at a token and all that is in it. Recursion is bounded by the scanner's depth limit.
    func value(at index: Int) -> JSONValue {
        let token = tape[index]
        switch token.kind {
        case .null:
            return .null
        case .true:
            return .bool(true)
        case .false:
            return .bool(false)
        case .integer, .decimal:
            return .number(JSONNumber(checked: String(decoding: bytes(of: token), as: UTF8.self)))
        case .string, .key:
            return .string(String(decoding: bytes(of: token), as: UTF8.self))
        case .array:
            var elements: [JSONValue] = []
            elements.reserveCapacity(Int(token.end))
            var element = index + 1
            while element < token.link {
                elements.append(value(at: element))
                element = next(after: element)
            }
            return .array(elements)
        case .object:
            var members: [JSONObject.Member] = []
            members.reserveCapacity(Int(token.end))
            forEachMember(of: index) { name, value in
                members.append(JSONObject.Member(name, self.value(at: value)))
            }
            return .object(JSONObject(distinct: members))
        }
    }
}
