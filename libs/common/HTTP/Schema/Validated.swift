import JSON

/// A type with rules beyond its fields' types. They are declared beside the type, checked on every request, all of
/// them, and shown in the OpenAPI document.
public protocol Validated: Sendable {
    static var rules: [Rule<Self>] { get }
}

/// One rule about one field.
public struct Rule<Value>: Sendable {
    let field: String
    let note: FieldNote
    /// What is wrong with a value: paths below the field (usually empty) and messages.
    let check: @Sendable (Value) -> [(path: String, message: String)]

    init(_ field: String, _ note: FieldNote, check: @escaping @Sendable (Value) -> [(path: String, message: String)]) {
        self.field = field
        self.note = note
        self.check = check
    }
}

extension Rule {
    public typealias Path<Field> = any KeyPath<Value, Field> & Sendable

    /// Any condition, with the sentence that a client reads when it does not hold.
    public static func must(
        _ field: String, _ message: String, _ holds: @escaping @Sendable (Value) -> Bool
    ) -> Rule {
        Rule(field, FieldNote()) { holds($0) ? [] : [("", message)] }
    }

    /// The number of characters (Unicode scalars, as JSON Schema counts).
    public static func length(_ field: String, _ path: Path<String>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, lengthNote(range)) { lengthProblem($0[keyPath: path], range) }
    }

    public static func length(_ field: String, _ path: Path<String?>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, lengthNote(range)) { $0[keyPath: path].map { lengthProblem($0, range) } ?? [] }
    }

    public static func range(_ field: String, _ path: Path<Int>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, rangeNote(range)) { rangeProblem($0[keyPath: path], range) }
    }

    public static func range(_ field: String, _ path: Path<Int?>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, rangeNote(range)) { $0[keyPath: path].map { rangeProblem($0, range) } ?? [] }
    }

    public static func range(_ field: String, _ path: Path<Double>, _ range: ClosedRange<Double>) -> Rule {
        var note = FieldNote()
        note.minimum = range.lowerBound
        note.maximum = range.upperBound
        return Rule(field, note) {
            range.contains($0[keyPath: path])
                ? [] : [("", "must be from \(range.lowerBound) to \(range.upperBound)")]
        }
    }

    public static func oneOf(_ field: String, _ path: Path<String>, _ choices: [String]) -> Rule {
        var note = FieldNote()
        note.choices = choices
        return Rule(field, note) {
            choices.contains($0[keyPath: path]) ? [] : [("", "must be one of \(choices.joined(separator: ", "))")]
        }
    }

    /// The number of items.
    public static func count<Item>(_ field: String, _ path: Path<[Item]>, _ range: ClosedRange<Int>) -> Rule {
        var note = FieldNote()
        note.minimumItems = range.lowerBound
        note.maximumItems = range.upperBound
        return Rule(field, note) {
            range.contains($0[keyPath: path].count)
                ? [] : [("", "must have \(range.lowerBound) to \(range.upperBound) items")]
        }
    }

    /// The field's own rules.
    public static func nested<Field: Validated>(_ field: String, _ path: Path<Field>) -> Rule {
        Rule(field, FieldNote()) { Validation.problems($0[keyPath: path]) }
    }

    /// The rules of each item.
    public static func each<Item: Validated>(_ field: String, _ path: Path<[Item]>) -> Rule {
        Rule(field, FieldNote()) { value in
            value[keyPath: path].enumerated().flatMap { index, item in
                Validation.problems(item).map { ("[\(index)]" + $0.path, $0.message) }
            }
        }
    }

    /// Nothing to check: what the field means and what it may look like, for the document.
    public static func about(_ field: String, _ meaning: String, example: JSONValue? = nil) -> Rule {
        var note = FieldNote()
        note.meaning = meaning
        note.example = example
        return Rule(field, note) { _ in [] }
    }

    private static func lengthNote(_ range: ClosedRange<Int>) -> FieldNote {
        var note = FieldNote()
        note.minimumLength = range.lowerBound
        note.maximumLength = range.upperBound
        return note
    }

    private static func lengthProblem(_ text: String, _ range: ClosedRange<Int>) -> [(path: String, message: String)] {
        let count = text.unicodeScalars.count
        return range.contains(count)
            ? [] : [("", "must have \(range.lowerBound) to \(range.upperBound) characters, has \(count)")]
    }

    private static func rangeNote(_ range: ClosedRange<Int>) -> FieldNote {
        var note = FieldNote()
        note.minimum = Double(range.lowerBound)
        note.maximum = Double(range.upperBound)
        return note
    }

    private static func rangeProblem(_ value: Int, _ range: ClosedRange<Int>) -> [(path: String, message: String)] {
        range.contains(value) ? [] : [("", "must be from \(range.lowerBound) to \(range.upperBound), is \(value)")]
    }
}

/// Runs rules and collects every problem.
enum Validation {
    static func problems<Value: Validated>(_ value: Value) -> [(path: String, message: String)] {
        Value.rules.flatMap { rule in rule.check(value).map { (".\(rule.field)\($0.path)", $0.message) } }
    }

    /// Throws one error that names every field which is not as its type's rules want it.
    static func check<Value>(_ value: Value, root: String) throws(ServiceError) {
        guard let validated = value as? any Validated else { return }
        func fields<V: Validated>(_ value: V) -> [FieldError] {
            problems(value).map { problem in
                // Parameters have no root: their names stand alone.
                FieldError(
                    field: root.isEmpty ? String(problem.path.dropFirst()) : root + problem.path,
                    message: problem.message)
            }
        }
        let wrong = fields(validated)
        if !wrong.isEmpty { throw ServiceError.validation(wrong) }
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
