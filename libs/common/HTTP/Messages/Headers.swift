/// The fields of a message, in order, as the bytes that came or will go.
///
/// One buffer and one index: a parsed head is copied once, and a proxy passes fields on without making strings. Fields lie
/// as they are written, `name: value` and a line's end, so that most go out as they lie, many at once.
/// Names compare without regard to case. A value never holds CR, LF or NUL, however it was made.
public struct Headers: Sendable {
    struct Field: Sendable {
        var nameStart: UInt32
        var nameLength: UInt32
        var valueStart: UInt32
        var valueLength: UInt32

        var name: Range<Int> { Int(nameStart)..<Int(nameStart + nameLength) }
        var value: Range<Int> { Int(valueStart)..<Int(valueStart + valueLength) }

        /// The whole line, if it lies as it would be written: what a peer sent may have had other white space.
        @inline(__always)
        func line(in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
            let (nameEnd, value) = (name.upperBound, value)
            guard value.lowerBound == nameEnd + 2, value.upperBound + 2 <= bytes.count,
                bytes[nameEnd] == UInt8(ascii: ":"), bytes[nameEnd + 1] == UInt8(ascii: " "),
                bytes[value.upperBound] == 0x0d, bytes[value.upperBound + 1] == 0x0a
            else { return nil }
            return Int(nameStart)..<value.upperBound + 2
        }
    }

    var bytes: [UInt8] = []
    var fields: [Field] = []

    public init() {}

    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// The first value of a name.
    public subscript(name: String) -> String? {
        get {
            guard let index = firstIndex(of: name) else { return nil }
            return text(fields[index].value)
        }
        set {
            remove(name)
            if let newValue { append(name, newValue) }
        }
    }

    /// Every value of a name, in order.
    public func values(_ name: String) -> [String] {
        fields(named: name).map { text($0.value) }
    }

    func fields(named name: String) -> [Field] { fields.filter { matches($0, name) } }

    public func contains(_ name: String) -> Bool { firstIndex(of: name) != nil }

    /// Adds a field. Bytes that would break the message (CR, LF, NUL and other controls) become spaces.
    public mutating func append(_ name: String, _ value: String) {
        appendField {
            let start = $0.count
            $0.append(contentsOf: name.utf8)
            $0.replaceBytes(from: start, with: UInt8(ascii: "-")) { CharacterClass.isToken($0) }
        } value: {
            let start = $0.count
            $0.append(contentsOf: value.utf8)
            $0.replaceBytes(from: start, with: UInt8(ascii: " ")) { CharacterClass.isFieldValue($0) }
        }
    }

    /// What is written holds nothing that would break a message.
    @inline(__always)
    mutating func appendField(name: (inout [UInt8]) -> Void, value: (inout [UInt8]) -> Void) {
        let nameStart = bytes.count
        name(&bytes)
        let nameEnd = bytes.count
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        let valueStart = bytes.count
        value(&bytes)
        fields.append(
            Field(
                nameStart: UInt32(nameStart), nameLength: UInt32(nameEnd - nameStart),
                valueStart: UInt32(valueStart), valueLength: UInt32(bytes.count - valueStart)))
        bytes.append(0x0d)
        bytes.append(0x0a)
    }

    /// Removes every field of a name.
    public mutating func remove(_ name: String) {
        guard !fields.isEmpty else { return }
        let kept = fields.filter { !matches($0, name) }
        if kept.count != fields.count { fields = kept }
    }

    /// Names and values in order.
    public func forEach(_ body: (_ name: String, _ value: String) throws -> Void) rethrows {
        for field in fields { try body(text(field.name), text(field.value)) }
    }

    func firstIndex(of name: String) -> Int? {
        fields.firstIndex { matches($0, name) }
    }

    /// As `firstIndex`, for the hot path: one pass over raw bytes. `name` is lower case.
    func firstField(of name: StaticString) -> Field? {
        bytes.withUnsafeBytes { bytes in
            for field in fields where bytes.equals(field.name, lowercase: name) { return field }
            return nil
        }
    }

    /// What a message has of a field that may be there once, as the bytes that came.
    public enum Single {
        case none
        case one(UnsafeRawBufferPointer)
        case several
    }

    /// `name` is lower case.
    public func withSingle<Result, Failure: Error>(
        _ name: StaticString, _ body: (Single) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) in
            let bytes = UnsafeRawBufferPointer(buffer)
            var found = Single.none
            for field in fields where bytes.equals(field.name, lowercase: name) {
                guard case .none = found else { return try body(.several) }
                found = .one(UnsafeRawBufferPointer(rebasing: bytes[field.value]))
            }
            return try body(found)
        }
    }

    private func matches(_ field: Field, _ name: String) -> Bool {
        guard Int(field.nameLength) == name.utf8.count else { return false }
        var position = Int(field.nameStart)
        for byte in name.utf8 {
            if CharacterClass.lowercased(byte) != CharacterClass.lowercased(bytes[position]) { return false }
            position += 1
        }
        return true
    }

    func text(_ range: Range<Int>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}

extension Headers: CustomStringConvertible {
    public var description: String {
        var lines: [String] = []
        forEach { lines.append("\($0): \($1)") }
        return lines.joined(separator: "\n")
    }
}

extension [UInt8] {
    /// Puts `other` in the place of bytes that are not allowed.
    fileprivate mutating func replaceBytes(from start: Int, with other: UInt8, where isAllowed: (UInt8) -> Bool) {
        withUnsafeMutableBufferPointer { bytes in
            for place in start..<bytes.count where !isAllowed(bytes[place]) { bytes[place] = other }
        }
    }
}
