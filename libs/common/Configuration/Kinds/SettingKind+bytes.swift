extension SettingKind where Value == Int {
    /// A number of bytes: `1024`, `16KiB`, `10MiB`, `2GiB`, or decimal `10MB`.
    public static func bytes(_ range: ClosedRange<Int> = 0...(1 << 50)) -> SettingKind {
        SettingKind(
            expectation: "a size such as 16KiB, 10MiB or 2GiB" + limits(range, .min, .max, after: ", ", byteSizeText),
            placeholder: range.lowerBound,
            parse: { text in parseByteSize(text).flatMap { range.contains($0) ? $0 : nil } },
            text: byteSizeText)
    }
}

/// Without `K`, `M` and `G` alone, on whose meaning nobody agrees.
private let units: [(name: String, bytes: Int)] = [
    ("tib", 1 << 40), ("gib", 1 << 30), ("mib", 1 << 20), ("kib", 1 << 10),
    ("tb", 1_000_000_000_000), ("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1000), ("b", 1), ("", 1),
]

private func parseByteSize(_ text: String) -> Int? {
    let number = text.prefix { ("0"..."9").contains($0) }
    let name = trimmed(text.dropFirst(number.count)).lowercased()
    guard let count = Int(number), let unit = units.first(where: { $0.name == name })?.bytes else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : product
}

private func byteSizeText(_ bytes: Int) -> String {
    let binary = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    guard bytes > 0, let (name, unit) = binary.first(where: { bytes % $0.1 == 0 }) else { return "\(bytes)" }
    return "\(bytes / unit)\(name)"
}
