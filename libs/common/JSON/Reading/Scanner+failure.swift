/// Errors of the text, built only once something is wrong.
extension Scanner {
    @inline(never)
    func unexpected(_ expected: String) -> JSONError {
        JSONError(
            kind: .syntax, message: "expected \(expected), found \(found)", expected: expected, steps: openSteps(),
            offset: position)
    }

    @inline(never)
    func failure(_ message: String) -> JSONError {
        JSONError(kind: .syntax, message: message, steps: openSteps(), offset: position)
    }

    @inline(never)
    func duplicateKeyFailure(_ key: Int) -> JSONError {
        let name = string(of: tape[key])
        return JSONError(
            kind: .duplicateKey, message: "the member \(name.debugDescription) is there twice",
            steps: openSteps(within: parent), offset: Int(tape[key].start) - 1)
    }

    private var found: String {
        guard position < count else { return "the end of the text" }
        if position == 0, count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { return "a byte order mark" }
        let byte = text[position]
        guard (0x21..<0x7F).contains(byte) else {
            let digits = String(byte, radix: 16, uppercase: true)
            return "the byte 0x\(byte < 16 ? "0" : "")\(digits)"
        }
        return "'\(Character(Unicode.Scalar(byte)))'"
    }

    private func string(of token: Token) -> String {
        String(decoding: UnsafeBufferPointer(start: text + Int(token.start), count: token.length), as: UTF8.self)
    }

    /// The way to the value being scanned, through the containers that are still open.
    func openSteps() -> [JSONError.Step] {
        guard parent != Scanner.noParent else { return [] }
        return openSteps(within: parent) + lastStep(in: parent, upTo: used)
    }

    private func openSteps(within innermost: UInt32) -> [JSONError.Step] {
        var open: [UInt32] = []
        var container = innermost
        while container != Scanner.noParent {
            open.append(container)
            container = tape[Int(container)].link
        }
        open.reverse()
        return zip(open, open.dropFirst()).flatMap { lastStep(in: $0, upTo: Int($1)) }
    }

    /// The step from an open container to the value that begins, or would begin, at token `end`.
    private func lastStep(in container: UInt32, upTo end: Int) -> [JSONError.Step] {
        let isObject = tape[Int(container)].kind == .object
        var index = Int(container) + 1
        var passed = 0
        while index < end {
            let value = isObject ? index + 1 : index
            if isObject, value >= end { return [.key(string(of: tape[index]))] }
            index = tape[value].isContainer ? Int(tape[value].link) : value + 1
            passed += 1
        }
        return isObject ? [] : [.index(passed)]
    }
}
