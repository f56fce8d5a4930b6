extension SettingKind where Value == Duration {
    /// `250ms`, `30s`, `5m`, `1h`, `7d`, with a fraction (`1.5s`) or several together (`1m30s`).
    public static func duration(_ range: ClosedRange<Duration> = .zero ... .seconds(365 * 86_400)) -> SettingKind {
        SettingKind(
            expectation: "a duration such as 250ms, 30s, 5m or 1h"
                + limits(range, .seconds(Int64.min), .seconds(Int64.max), after: ", ", settingText),
            placeholder: range.lowerBound,
            parse: { text in parseDuration(text).flatMap { range.contains($0) ? $0 : nil } },
            text: settingText)
    }
}

private let units: [(name: String, nanoseconds: Int)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ("ms", 1_000_000), ("us", 1000), ("ns", 1),
]

private func parseDuration(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    var rest = text[...]
    var total = 0
    var smallestSoFar = Int.max
    while !rest.isEmpty {
        let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
        rest = rest.dropFirst(number.count)
        let name = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(name.count)
        // Each unit once and the larger first, so that a slip of the pen is not summed up.
        guard let unit = units.first(where: { $0.name == name })?.nanoseconds, unit < smallestSoFar else { return nil }
        smallestSoFar = unit
        guard let part = nanoseconds(number, unit: unit) else { return nil }
        let (sum, overflow) = total.addingReportingOverflow(part)
        guard !overflow else { return nil }
        total = sum
    }
    return .nanoseconds(total)
}

private func nanoseconds(_ number: Substring, unit: Int) -> Int? {
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Int($0) }) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return product }
    guard (1...9).contains(parts[1].count), Int(parts[1]) != nil, let fraction = Double("0.\(parts[1])") else {
        return nil
    }
    let (sum, carry) = product.addingReportingOverflow(Int((fraction * Double(unit)).rounded()))
    return carry ? nil : sum
}

/// The largest units that say it exactly: `90s` becomes `1m30s`.
func settingText(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0, seconds < 9_000_000_000 else { return "\(duration)" }
    var rest = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    if rest == 0 { return "0s" }
    var text = ""
    for (name, unit) in units where rest >= unit {
        text += "\(rest / unit)\(name)"
        rest %= unit
    }
    return text
}
