/// How the text of a setting becomes a value: what is expected of it, in words for people, and the parsing.
public struct SettingKind<Value: Sendable>: Sendable {
    /// Completes the sentence "expected ...".
    public let expectation: String
    /// Stands in for a value that is missing or wrong until the problem stops the start.
    let placeholder: Value
    package let parse: @Sendable (String) -> Value?
    package let text: @Sendable (Value) -> String
    /// Whether a text was put into the variable by something that knows nothing of this setting; then it counts as not
    /// set.
    var isForeign: @Sendable (String) -> Bool = { _ in false }

    /// `parse` sees untrusted text, without surrounding white space and never empty.
    public init(
        expectation: String, placeholder: Value, parse: @escaping @Sendable (String) -> Value?,
        text: @escaping @Sendable (Value) -> String
    ) {
        self.expectation = expectation
        self.placeholder = placeholder
        self.parse = parse
        self.text = text
    }
}

/// Completes an expectation with the limits that are worth naming.
func limits<Bound: Comparable>(
    _ range: ClosedRange<Bound>, _ lowest: Bound, _ highest: Bound, after separator: String = " ",
    _ text: (Bound) -> String
) -> String {
    switch (range.lowerBound > lowest, range.upperBound < highest) {
    case (true, true): "\(separator)from \(text(range.lowerBound)) to \(text(range.upperBound))"
    case (true, false): "\(separator)of at least \(text(range.lowerBound))"
    case (false, true): "\(separator)of at most \(text(range.upperBound))"
    case (false, false): ""
    }
}
