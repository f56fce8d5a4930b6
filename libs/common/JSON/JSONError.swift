/// What went wrong while reading or writing JSON, told so that whoever sent the document can mend it:
/// where (`$.items[3].name`), what was expected and what was found.
public struct JSONError: Error, Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// The bytes are not JSON.
        case syntax
        case missingField
        case wrongType
        /// A number that the wanted type cannot hold.
        case outOfRange
        /// An object names a member twice.
        case duplicateKey
        case tooDeep
        case tooLarge
        /// Right type, but the type refused the value.
        case invalidValue
    }

    /// One step from the root of a document towards a value in it.
    public enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    public let kind: Kind
    /// A sentence fit for the sender: "expected an integer, found a string".
    public let message: String
    /// What would have been right, where that can be said: "an integer".
    public let expected: String?
    /// The way from the root to the value at fault.
    public let steps: [Step]
    /// Where in the bytes, for errors of the text itself.
    public let offset: Int?

    public init(kind: Kind, message: String, expected: String? = nil, steps: [Step] = [], offset: Int? = nil) {
        self.kind = kind
        self.message = message
        self.expected = expected
        self.steps = steps
        self.offset = offset
    }

    /// The way to the value as text, such as `$.items[3].name`; `$` is the document itself.
    public var path: String {
        steps.reduce(into: "$") { path, step in
            switch step {
            case .index(let index): path += "[\(index)]"
            case .key(let key) where key.isIdentifier: path += ".\(key)"
            case .key(let key): path += "[\(key.debugDescription)]"
            }
        }
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        let place = offset.map { " (at byte \($0))" } ?? ""
        return "\(path): \(message)\(place)"
    }
}

extension String {
    fileprivate var isIdentifier: Bool {
        guard let first = utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...0xFF:
                true
            default: false
            }
        }
    }
}
