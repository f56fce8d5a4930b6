#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Checks a text against RFC 8259 in one pass and lays out its tape; no recursion, no Codable.
///
/// The text must be followed by at least `padding` zero bytes. A zero byte is nowhere valid in JSON, so the end of the
/// text is met as an unexpected byte and no step needs a bounds check; words are loaded past the end unharmed.
/// Escapes are decoded in place (a decoded string is never longer than its spelling), which is why the text is mutable.
struct Scanner {
    static let padding = 16

    let text: UnsafeMutablePointer<UInt8>
    let count: Int
    let maximumDepth: Int

    var position = 0
    private(set) var tape: UnsafeMutablePointer<Token>
    private(set) var used = 0
    private var capacity: Int
    /// The innermost open container, or `noParent`.
    private(set) var parent = Scanner.noParent
    private var depth = 0

    static let noParent = UInt32.max

    init(text: UnsafeMutablePointer<UInt8>, count: Int, maximumDepth: Int) {
        self.text = text
        self.count = count
        self.maximumDepth = maximumDepth
        capacity = count / 8 + 16
        tape = .allocate(capacity: capacity)
    }

    /// Scans the whole text. After an error the tape is of no use but to be deallocated.
    mutating func scan() throws(JSONError) {
        while true {
            if try scanValueOrOpen() { continue }
            if try !scanToNextValue() { return }
        }
    }

    /// Scans a scalar or an empty container, or opens a container and returns true: a value must follow.
    @inline(__always)
    private mutating func scanValueOrOpen() throws(JSONError) -> Bool {
        switch skipWhitespace() {
        case UInt8(ascii: "\""):
            try scanString(.string)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            try scanNumber()
        case UInt8(ascii: "{"):
            try open(.object)
            if skipWhitespace() == UInt8(ascii: "}") {
                close()
            } else {
                try scanKey()
                return true
            }
        case UInt8(ascii: "["):
            try open(.array)
            guard skipWhitespace() == UInt8(ascii: "]") else { return true }
            close()
        case UInt8(ascii: "t"):
            try scanName(.true, 0x6575_7274, at: position, length: 4)
        case UInt8(ascii: "f"):
            try scanName(.false, 0x6573_6C61, at: position + 1, length: 5)
        case UInt8(ascii: "n"):
            try scanName(.null, 0x6C6C_756E, at: position, length: 4)
        default:
            throw unexpected("a value")
        }
        return false
    }

    /// Steps over what stands between two values, closing containers; false at the end of the document.
    @inline(__always)
    private mutating func scanToNextValue() throws(JSONError) -> Bool {
        while parent != Scanner.noParent {
            let byte = skipWhitespace()
            let isObject = tape[Int(parent)].kind == .object
            if byte == UInt8(ascii: ",") {
                position &+= 1
                if isObject {
                    _ = skipWhitespace()
                    try scanKey()
                }
                return true
            }
            if isObject {
                guard byte == UInt8(ascii: "}") else { throw unexpected("',' or '}'") }
                try refuseDuplicateKeys(in: parent)
            } else {
                guard byte == UInt8(ascii: "]") else { throw unexpected("',' or ']'") }
            }
            close()
        }
        _ = skipWhitespace()
        guard position == count else { throw unexpected("the end of the document") }
        return false
    }

    /// The next byte that is no whitespace, left standing.
    @inline(__always)
    private mutating func skipWhitespace() -> UInt8 {
        while true {
            let byte = text[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position &+= 1
        }
    }

    @inline(__always)
    private mutating func scanKey() throws(JSONError) {
        guard text[position] == UInt8(ascii: "\"") else { throw unexpected("a member's name in quotes") }
        try scanString(.key)
        guard skipWhitespace() == UInt8(ascii: ":") else { throw unexpected("':'") }
        position &+= 1
    }

    /// `null`, `true` or `false`, told by four of its letters as one little-endian word.
    @inline(__always)
    private mutating func scanName(_ kind: Token.Kind, _ word: UInt32, at place: Int, length: Int) throws(JSONError) {
        guard UInt32(littleEndian: UnsafeRawPointer(text + place).loadUnaligned(as: UInt32.self)) == word else {
            throw unexpected("a value")
        }
        append(kind, from: position, to: position &+ length)
        position &+= length
    }

    // MARK: The tape

    @inline(__always)
    mutating func append(_ kind: Token.Kind, from start: Int, to end: Int, link: UInt32 = 0) {
        if used == capacity { grow() }
        (tape + used).initialize(
            to: Token(
                kind: kind, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end), link: link))
        used &+= 1
        if kind != .key, parent != Scanner.noParent { tape[Int(parent)].end &+= 1 }
    }

    private mutating func open(_ kind: Token.Kind) throws(JSONError) {
        guard depth < maximumDepth else {
            throw JSONError(
                kind: .tooDeep, message: "more than \(maximumDepth) arrays and objects inside one another",
                steps: openSteps(), offset: position)
        }
        let opened = UInt32(truncatingIfNeeded: used)
        append(kind, from: used &+ 1, to: 0, link: parent)
        parent = opened
        depth &+= 1
        position &+= 1
    }

    private mutating func close() {
        let closed = Int(parent)
        parent = tape[closed].link
        tape[closed].link = UInt32(truncatingIfNeeded: used)
        depth &-= 1
        position &+= 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Token>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: tape, count: used)
        tape.deallocate()
        tape = larger
        capacity *= 2
    }
}
