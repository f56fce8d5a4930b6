import JSON

/// A type with rules beyond its fields' types. They are declared beside the type, checked on every request, all of
/// them, and shown in the OpenAPI document.
public protocol Validated: Sendable {
    static var rules: [Rule<Self>] { get }
}

/// One rule about one field. What makes and runs rules is inlinable: so it is compiled for the types of each service.
public final class Rule<Value>: Sendable {
    let field: String
    let note: FieldNote
    /// Reports what is wrong with a value's field.
    @usableFromInline let check: @Sendable (Value, inout Problems) -> Void

    @usableFromInline
    init(_ field: String, _ note: FieldNote, check: @escaping @Sendable (Value, inout Problems) -> Void) {
        self.field = field
        self.note = note
        self.check = check
    }

    /// A rule about one value of the field; `problem` is nil when it is kept.
    @inlinable
    convenience init<Field>(
        _ field: String, _ get: @escaping Getter<Field>, _ note: FieldNote,
        problem: @escaping @Sendable (Field) -> String?
    ) {
        self.init(field, note) { value, problems in
            if let message = problem(get(value)) { problems.add(field, message) }
        }
    }
}

extension Rule {
    /// How a rule reads its field, written `\.name`.
    public typealias Getter<Field> = @Sendable (Value) -> Field

    /// Any condition, with the sentence that a client reads when it does not hold.
    @inlinable
    public static func must(
        _ field: String, _ message: String, _ holds: @escaping @Sendable (Value) -> Bool
    ) -> Rule {
        Rule(field, { $0 }, FieldNote()) { holds($0) ? nil : message }
    }

    /// The number of characters (Unicode scalars, as JSON Schema counts).
    @inlinable
    public static func length(_ field: String, _ get: @escaping Getter<String>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, get, lengthNote(range)) { lengthProblem($0, range) }
    }

    @inlinable
    public static func length(_ field: String, _ get: @escaping Getter<String?>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, get, lengthNote(range)) { $0.flatMap { lengthProblem($0, range) } }
    }

    @inlinable
    public static func range(_ field: String, _ get: @escaping Getter<Int>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, get, rangeNote(range)) { rangeProblem($0, range) }
    }

    @inlinable
    public static func range(_ field: String, _ get: @escaping Getter<Int?>, _ range: ClosedRange<Int>) -> Rule {
        Rule(field, get, rangeNote(range)) { $0.flatMap { rangeProblem($0, range) } }
    }

    @inlinable
    public static func range(_ field: String, _ get: @escaping Getter<Double>, _ range: ClosedRange<Double>) -> Rule {
        Rule(field, get, FieldNote(minimum: range.lowerBound, maximum: range.upperBound)) {
            range.contains($0) ? nil : "must be from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    @inlinable
    public static func oneOf(_ field: String, _ get: @escaping Getter<String>, _ choices: [String]) -> Rule {
        Rule(field, get, FieldNote(choices: choices)) {
            choices.contains($0) ? nil : "must be one of \(choices.joined(separator: ", "))"
        }
    }

    /// The number of items.
    @inlinable
    public static func count<Item>(_ field: String, _ get: @escaping Getter<[Item]>, _ range: ClosedRange<Int>) -> Rule
    {
        Rule(field, get, FieldNote(minimumItems: range.lowerBound, maximumItems: range.upperBound)) {
            range.contains($0.count) ? nil : "must have \(range.lowerBound) to \(range.upperBound) items"
        }
    }

    /// The field's own rules.
    @inlinable
    public static func nested<Field: Validated>(_ field: String, _ get: @escaping Getter<Field>) -> Rule {
        Rule(field, FieldNote()) { value, problems in
            problems.enter(.field(field))
            problems.check(get(value))
            problems.leave()
        }
    }

    /// The rules of each item.
    @inlinable
    public static func each<Item: Validated>(_ field: String, _ get: @escaping Getter<[Item]>) -> Rule {
        Rule(field, FieldNote()) { value, problems in
            problems.enter(.field(field))
            let rules = Item.rules
            for (index, item) in get(value).enumerated() {
                problems.enter(.index(index))
                problems.check(item, rules)
                problems.leave()
            }
            problems.leave()
        }
    }

    /// Nothing to check: what the field means and what it may look like, for the document.
    @inlinable
    public static func about(_ field: String, _ meaning: String, example: JSONValue? = nil) -> Rule {
        Rule(field, FieldNote(meaning: meaning, example: example)) { _, _ in }
    }

    @usableFromInline
    static func lengthNote(_ range: ClosedRange<Int>) -> FieldNote {
        FieldNote(minimumLength: range.lowerBound, maximumLength: range.upperBound)
    }

    @usableFromInline
    static func lengthProblem(_ text: String, _ range: ClosedRange<Int>) -> String? {
        // No text has more characters than bytes, or fewer than a quarter of them: that settles most.
        let bytes = text.utf8.count
        if range.lowerBound <= (bytes + 3) / 4, bytes <= range.upperBound { return nil }
        let count = text.unicodeScalars.count
        return range.contains(count)
            ? nil : "must have \(range.lowerBound) to \(range.upperBound) characters, has \(count)"
    }

    @usableFromInline
    static func rangeNote(_ range: ClosedRange<Int>) -> FieldNote {
        FieldNote(minimum: Double(range.lowerBound), maximum: Double(range.upperBound))
    }

    @usableFromInline
    static func rangeProblem(_ value: Int, _ range: ClosedRange<Int>) -> String? {
        range.contains(value) ? nil : "must be from \(range.lowerBound) to \(range.upperBound), is \(value)"
    }
}
