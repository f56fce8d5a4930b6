/// One entry of the tape: a value, or the key of a member, by its place in the text.
///
/// A document becomes a flat run of tokens in the order of the text. A container's token comes before its contents
/// and links past them, so that a reader skips a value it does not want in one step.
struct Token {
    enum Kind: UInt8 {
        case null, `false`, `true`
        /// A number without fraction and exponent.
        case integer
        /// A number with a fraction or an exponent.
        case decimal
        case string, key
        case array, object
    }

    var kind: Kind
    /// Where the text of a scalar begins; in an object, after the scan, the key to look at first.
    var start: UInt32
    /// Where the text of a scalar ends; in a container, how many elements or members it has.
    var end: UInt32
    /// In a container the token after its contents (while it is open: its parent); in a key its fingerprint.
    var link: UInt32

    var isContainer: Bool { kind.rawValue >= Kind.array.rawValue }
    var length: Int { Int(end &- start) }
}

extension Token.Kind {
    /// What an error says was found.
    var description: String {
        switch self {
        case .null: "null"
        case .false, .true: "a boolean"
        case .integer, .decimal: "a number"
        case .string, .key: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
