/// Where a value is and what is wrong with it, worked out only once something is.
extension Document {
    /// The way from the root to a token.
    func steps(to target: Int) -> [JSONError.Step] {
        var steps: [JSONError.Step] = []
        var container = Document.root
        while container < target, tape[container].isContainer {
            let isObject = tape[container].kind == .object
            var child = container + 1
            var passed = 0
            while next(after: isObject ? child + 1 : child) <= target {
                child = next(after: isObject ? child + 1 : child)
                passed += 1
            }
            if isObject {
                steps.append(.key(String(decoding: bytes(of: tape[child]), as: UTF8.self)))
                container = child + 1
            } else {
                steps.append(.index(passed))
                container = child
            }
        }
        return steps
    }

    func codingPath(to target: Int) -> [any CodingKey] {
        steps(to: target).map(PathKey.init)
    }

    @inline(never)
    func mismatch(_ expected: String, at index: Int) -> JSONError {
        JSONError(
            kind: .wrongType, message: "expected \(expected), found \(found(at: index))", expected: expected,
            steps: steps(to: index))
    }

    @inline(never)
    func outOfRange(_ expected: String, at index: Int) -> JSONError {
        JSONError(
            kind: .outOfRange, message: "expected \(expected), found \(found(at: index))", expected: expected,
            steps: steps(to: index))
    }

    @inline(never)
    func invalid(_ expected: String, at index: Int) -> JSONError {
        JSONError(
            kind: .invalidValue, message: "expected \(expected), found \(found(at: index))", expected: expected,
            steps: steps(to: index))
    }

    @inline(never)
    func missing(_ name: String, in object: Int) -> JSONError {
        JSONError(kind: .missingField, message: "missing field '\(name)'", steps: steps(to: object))
    }

    @inline(never)
    func missingElement(_ expected: String, index: Int, in array: Int) -> JSONError {
        JSONError(
            kind: .missingField, message: "expected \(expected), found the end of the array", expected: expected,
            steps: steps(to: array) + [.index(index)])
    }

    /// Scalars are quoted, unless they are long: a sender finds them more easily so.
    private func found(at index: Int) -> String {
        let token = tape[index]
        let isQuotable = token.length <= 40
        switch token.kind {
        case .integer where isQuotable, .decimal where isQuotable:
            return String(decoding: bytes(of: token), as: UTF8.self)
        case .string where isQuotable:
            return "the string " + String(decoding: bytes(of: token), as: UTF8.self).debugDescription
        default:
            return token.kind.description
        }
    }
}
