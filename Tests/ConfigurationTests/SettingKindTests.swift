import Testing

@testable import Configuration

@Suite("Values of settings")
struct SettingKindTests {
    @Test(
        "Whole numbers within their range",
        arguments: [
            ("0", 0), ("65535", 65_535), ("007", 7), ("65536", nil), ("-1", nil), ("80a", nil), ("8 0", nil),
            ("0x10", nil), ("1e3", nil), ("99999999999999999999", nil), ("٣", nil),
        ] as [(String, Int?)])
    func int(text: String, expected: Int?) {
        #expect(SettingKind.int(0...65_535).parse(text) == expected)
    }

    @Test(
        "Numbers that are finite",
        arguments: [
            ("0.25", 0.25), ("1", 1), ("1e-3", 0.001), ("-0.5", nil), ("1.5", nil), ("nan", nil), ("inf", nil),
            ("0x1p-1", nil), ("1e999", nil), ("", nil),
        ] as [(String, Double?)])
    func double(text: String, expected: Double?) {
        #expect(SettingKind.double(0...1).parse(text) == expected)
    }

    @Test(
        "Yes and no in the usual words",
        arguments: [
            ("true", true), ("YES", true), ("on", true), ("1", true), ("false", false), ("No", false),
            ("off", false), ("0", false), ("2", nil), ("ja", nil), ("t", nil),
        ] as [(String, Bool?)])
    func bool(text: String, expected: Bool?) {
        #expect(SettingKind.bool.parse(text) == expected)
    }

    @Test(
        "Durations with units",
        arguments: [
            ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
            ("1d", .seconds(86_400)), ("1.5s", .milliseconds(1500)), ("1m30s", .seconds(90)), ("0", .zero),
            ("0s", .zero), ("100us", .microseconds(100)), ("0.1ms", .microseconds(100)),
            ("30", nil), ("s", nil), ("-5s", nil), ("5 s", nil), ("5S", nil), ("1s1s", nil), ("1s1m", nil),
            ("1.s", nil),
            ("1..5s", nil), (".5s", nil), ("1.-5s", nil), ("1w", nil), ("999999999999h", nil), ("367d", nil),
            ("99999999999999999999s", nil), ("9223372036s9223372036854775807ns", nil), ("1.0000000000001s", nil),
        ] as [(String, Duration?)])
    func duration(text: String, expected: Duration?) {
        #expect(SettingKind.duration().parse(text) == expected)
    }

    @Test(
        "Durations are shown as people write them",
        arguments: [
            (Duration.zero, "0s"), (.seconds(90), "1m30s"), (.milliseconds(250), "250ms"), (.seconds(86_400), "1d"),
            (.nanoseconds(1_000_001), "1ms1ns"), (.seconds(3600), "1h"),
        ])
    func durationText(duration: Duration, expected: String) {
        #expect(settingText(duration) == expected)
        #expect(SettingKind.duration().parse(expected) == duration)
    }

    @Test(
        "Sizes with units",
        arguments: [
            ("1024", 1024), ("16KiB", 16_384), ("16 kib", 16_384), ("10MiB", 10_485_760), ("2GiB", 2_147_483_648),
            ("10MB", 10_000_000), ("5B", 5), ("1TiB", 1 << 40),
            ("16K", nil), ("1.5MiB", nil), ("-1", nil), ("MiB", nil), ("9223372036854775807GiB", nil), ("2048TiB", nil),
        ] as [(String, Int?)])
    func bytes(text: String, expected: Int?) {
        #expect(SettingKind.bytes().parse(text) == expected)
    }

    @Test(
        "Sizes are shown in the largest unit that fits",
        arguments: [(0, "0"), (1000, "1000"), (16_384, "16KiB"), (3 << 30, "3GiB")])
    func bytesText(bytes: Int, expected: String) {
        #expect(SettingKind.bytes().text(bytes) == expected)
    }

    @Test("Choices in any case, and nothing else")
    func choice() {
        enum Mode: String, CaseIterable { case development, oidc }
        let kind = SettingKind.choice(of: Mode.self)
        #expect(kind.parse("OIDC") == .oidc)
        #expect(kind.parse("openid") == nil)
        #expect(kind.text(.development) == "development")
        #expect(kind.expectation == "one of development, oidc")
    }

    @Test(
        "Lists between commas, bounded, without holes",
        arguments: [
            ("1", [1]), ("1, 2 ,3", [1, 2, 3]), ("1,,2", nil), ("1,", nil), (",", nil), ("1,x", nil), ("1,2,3,4", nil),
        ] as [(String, [Int]?)])
    func list(text: String, expected: [Int]?) {
        #expect(SettingKind.list(of: .int(), maximum: 3).parse(text) == expected)
    }

    @Test(
        "Text without control characters, of limited length",
        arguments: [
            ("plain text", true), ("ünïcödé", true), ("a\nb", false), ("a\u{0}b", false), ("a\u{7F}", false),
            ("0123456789abcdefg", false),
        ])
    func string(text: String, isAccepted: Bool) {
        #expect((SettingKind.string(maximumLength: 16).parse(text) != nil) == isAccepted)
    }

    @Test("Paths", arguments: [("/run/secrets/x", true), ("relative/x", true), ("a\u{0}b", false)])
    func path(text: String, isAccepted: Bool) {
        #expect((SettingKind.path.parse(text) != nil) == isAccepted)
    }

    @Test("No text whatsoever traps, and what is accepted is accepted again as it is shown")
    func anyText() {
        func roundTrip<Value: Equatable>(_ kind: SettingKind<Value>, _ text: String) {
            guard let value = kind.parse(text) else { return }
            #expect(kind.parse(kind.text(value)) == value, "\(text.debugDescription)")
        }
        let pieces = [
            "0", "1", "9", "99999999999", "9223372036854775807", ".", "-", "+", "e", "E308", ":", "/", "//", "http",
            "@", "?",
            "#", "[", "]", "::", "ms", "s", "m", "h", "d", "ns", "KiB", "TiB", "b", ",", " ", "\u{0}", "\n", "ü",
            "\u{301}",
            "true", "db", "_", "é", "🫁",
        ]
        var generator = SplitMix(state: 42)
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 1...7, using: &generator))
                .map { _ in pieces.randomElement(using: &generator)! }.joined()
            roundTrip(.int(), text)
            roundTrip(.double(), text)
            roundTrip(.bool, text)
            roundTrip(.duration(), text)
            roundTrip(.bytes(), text)
            roundTrip(.string, text)
            roundTrip(.path, text)
            roundTrip(.url(), text)
            roundTrip(.address(defaultPort: 1), text)
            roundTrip(.list(of: .duration()), text)
            roundTrip(.choice([("true", 1), ("db", 2)]), text)
            #expect(!shown(text).contains("\n"))
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        let mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ (mixed >> 27)
    }
}
