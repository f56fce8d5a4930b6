/// Runs the rules of a type.
enum Validation {
    /// Throws one error that names every field which is not as its type's rules want it.
    static func check<Value>(_ value: Value, root: String) throws(ServiceError) {
        guard let validated = value as? any Validated else { return }
        var problems = Problems(root: root)
        problems.check(validated)
        if !problems.found.isEmpty { throw ServiceError.validation(problems.found) }
    }

    /// The notes of a type's fields.
    static func notes<Value>(_ type: Value.Type) -> [(field: String, note: FieldNote)] {
        guard let validated = type as? any Validated.Type else { return [] }
        func rules<V: Validated>(_ type: V.Type) -> [(field: String, note: FieldNote)] {
            type.rules.map { ($0.field, $0.note) }
        }
        return rules(validated)
    }
}

/// What rules found wrong so far, and where in the value they are now.
@usableFromInline
struct Problems {
    @usableFromInline
    enum Step {
        case field(String)
        case index(Int)
    }

    /// A client is told of this many at most.
    private static let limit = 50

    private(set) var found: [FieldError] = []
    @usableFromInline private(set) var isFull = false
    private var steps: [Step] = []
    private let root: String

    init(root: String) {
        self.root = root
    }

    @inlinable
    mutating func check<Value: Validated>(_ value: Value) {
        check(value, Value.rules)
    }

    @inlinable
    mutating func check<Value>(_ value: Value, _ rules: [Rule<Value>]) {
        for rule in rules where !isFull { rule.check(value, &self) }
    }

    @usableFromInline
    mutating func enter(_ step: Step) {
        steps.append(step)
    }

    @usableFromInline
    mutating func leave() {
        steps.removeLast()
    }

    @usableFromInline
    mutating func add(_ field: String, _ message: String) {
        var path = root
        for step in steps + [.field(field)] {
            switch step {
            // Parameters have no root: their names stand alone.
            case .field(let name): path += path.isEmpty ? name : ".\(name)"
            case .index(let index): path += "[\(index)]"
            }
        }
        found.append(FieldError(field: path, message: message))
        isFull = found.count >= Self.limit
    }
}
