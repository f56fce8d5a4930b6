extension SettingKind where Value == Int {
    public static func int(_ range: ClosedRange<Int> = .min ... .max) -> SettingKind {
        SettingKind(
            expectation: "a whole number" + limits(range, .min, .max) { "\($0)" },
            placeholder: range.lowerBound,
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } },
            text: { "\($0)" })
    }

    /// A TCP port; 0 lets the system pick a free one.
    public static var port: SettingKind {
        var kind = SettingKind.int(0...65_535)
        // For each service, Kubernetes tells all others its address in `<NAME>_PORT`, which is the very name that the
        // service itself takes its port from.
        kind.isForeign = { $0.hasPrefix("tcp://") && HostPort($0.dropFirst(6)) != nil }
        return kind
    }
}

extension SettingKind where Value == Double {
    public static func double(
        _ range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) -> SettingKind {
        let greatest = Double.greatestFiniteMagnitude
        return SettingKind(
            expectation: "a number" + limits(range, -greatest, greatest, numberText),
            placeholder: range.lowerBound,
            parse: { text in
                // `Double` itself would also take hexadecimal, infinities and NaN.
                guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }) else {
                    return nil
                }
                return Double(text).flatMap { range.contains($0) ? $0 : nil }
            },
            text: numberText)
    }
}

/// Whole numbers without a fraction.
private func numberText(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 0x1p53 ? "\(Int(number))" : "\(number)"
}

extension SettingKind where Value == Bool {
    public static var bool: SettingKind {
        SettingKind(
            expectation: "true or false",
            placeholder: false,
            parse: { text in
                switch text.lowercased() {
                case "true", "yes", "on", "1": true
                case "false", "no", "off", "0": false
                default: nil
                }
            },
            text: { $0 ? "true" : "false" })
    }
}
