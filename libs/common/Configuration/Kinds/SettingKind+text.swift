extension SettingKind where Value == String {
    /// Text without control characters.
    public static var string: SettingKind { .string(maximumLength: 4096) }

    public static func string(maximumLength: Int) -> SettingKind {
        SettingKind(
            expectation: "text of at most \(maximumLength) bytes",
            placeholder: "",
            parse: { $0.utf8.count <= maximumLength && isPrintable($0) ? $0 : nil },
            text: { $0 })
    }

    /// A path of the file system, absolute or relative to where the service runs.
    public static var path: SettingKind {
        SettingKind(
            expectation: "a file path",
            placeholder: "",
            parse: { $0.utf8.count <= 4096 && isPrintable($0) ? $0 : nil },
            text: { $0 })
    }
}

extension SettingKind where Value: Equatable {
    /// One of a few words, in any case.
    public static func choice(_ choices: [(word: String, value: Value)]) -> SettingKind {
        SettingKind(
            expectation: "one of " + choices.map(\.word).joined(separator: ", "),
            placeholder: choices[0].value,
            parse: { text in choices.first { $0.word.lowercased() == text.lowercased() }?.value },
            text: { value in choices.first { $0.value == value }?.word ?? "\(value)" })
    }

}

extension SettingKind {
    /// Elements between commas.
    public static func list<Element>(
        of kind: SettingKind<Element>, maximum: Int = 100
    ) -> SettingKind where Value == [Element] {
        SettingKind(
            expectation: "a list, separated by commas, of at most \(maximum), each \(kind.expectation)",
            placeholder: [],
            parse: { text in
                let parts = text.split(separator: ",", maxSplits: maximum, omittingEmptySubsequences: false)
                guard parts.count <= maximum else { return nil }
                var elements: [Element] = []
                for part in parts.map(trimmed) {
                    guard !part.isEmpty, let element = kind.parse(part) else { return nil }
                    elements.append(element)
                }
                return elements
            },
            text: { elements in elements.map(kind.text).joined(separator: ",") })
    }
}

extension SettingKind where Value: RawRepresentable & CaseIterable & Equatable, Value.RawValue == String {
    /// One of the cases of an enumeration, by their raw values.
    public static func choice(of type: Value.Type) -> SettingKind {
        .choice(type.allCases.map { ($0.rawValue, $0) })
    }
}

/// Without the white space around it.
package func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text).unicodeScalars.drop { $0.properties.isWhitespace }
    while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
    return String(rest)
}

private func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
