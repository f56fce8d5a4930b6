/// Tokens as the standard library's types, or the error that says why not.
extension Document {
    func string(at index: Int) throws(JSONError) -> String {
        let token = tape[index]
        guard token.kind == .string else { throw mismatch("a string", at: index) }
        return String(decoding: bytes(of: token), as: UTF8.self)
    }

    func bool(at index: Int) throws(JSONError) -> Bool {
        switch tape[index].kind {
        case .true: return true
        case .false: return false
        default: throw mismatch("a boolean", at: index)
        }
    }

    @inline(__always)
    func integer<I: FixedWidthInteger>(_ type: I.Type, at index: Int) throws(JSONError) -> I {
        let token = tape[index]
        guard token.kind == .integer else { throw mismatch("an integer", at: index) }
        let literal = IntegerLiteral(bytes(of: token))
        guard let value = literal.value(as: type) else {
            throw outOfRange("an integer from \(I.min) to \(I.max)", at: index)
        }
        return value
    }

    func double(at index: Int) throws(JSONError) -> Double {
        let token = tape[index]
        guard token.kind == .decimal || token.kind == .integer else { throw mismatch("a number", at: index) }
        let value = DecimalLiteral.double(bytes(of: token))
        guard value.isFinite else { throw outOfRange("a number that fits a Double", at: index) }
        return value
    }

    func float(at index: Int) throws(JSONError) -> Float {
        let token = tape[index]
        guard token.kind == .decimal || token.kind == .integer else { throw mismatch("a number", at: index) }
        let value = DecimalLiteral.float(bytes(of: token))
        guard value.isFinite else { throw outOfRange("a number that fits a Float", at: index) }
        return value
    }
}
