import Testing

@testable import HTTP

@Suite("Ranges and entity tags")
struct ConditionTests {
    @Test(
        "a range is read, or the whole is sent",
        arguments: [
            ("bytes=0-9", .part(offset: 0, count: 10)), ("Bytes=0-9", .part(offset: 0, count: 10)),
            ("bytes=0-999", .part(offset: 0, count: 100)), ("bytes=99-", .part(offset: 99, count: 1)),
            ("bytes=-1", .part(offset: 99, count: 1)), ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable),
            ("bytes=0-99999999999999999999", .part(offset: 0, count: 100)),
            ("bytes=", .whole), ("bytes=-", .whole), ("bytes=1", .whole), ("bytes=2-1", .whole),
            ("bytes=0-1,2-3", .whole),
            ("bytes=1 2-30", .whole), ("bytes=0-1 0", .whole), ("bytes= 0-1", .whole), ("bytes=+1-2", .whole),
            ("bytes=0x1-2", .whole), ("bytes=1--2", .whole), ("bytes=\u{0661}-", .whole), ("lines=0-1", .whole),
            ("bytes =0-1", .whole), ("", .whole),
        ] as [(String, ByteRange)])
    func ranges(header: String, expected: ByteRange) {
        #expect(ByteRange(header: header, size: 100) == expected)
    }

    @Test("of nothing, no range can be had", arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
    func nothing(header: String) {
        #expect(ByteRange(header: header, size: 0) == .unsatisfiable)
    }

    @Test(
        "a tag is found in a list",
        arguments: [
            ("\"a\"", true, true), ("W/\"a\"", true, false), ("*", true, true), ("\"b\", \"a\"", true, true),
            ("\"b\",W/\"a\" , \"c\"", true, false), (",, \"a\"", true, true), ("a", false, false),
            ("\"a", false, false),
            ("w/\"a\"", false, false), ("\"A\"", false, false), ("\"aa\"", false, false), ("\"\"", false, false),
            ("", false, false), ("x \"a\"", false, false),
        ])
    func tags(list: String, isNamed: Bool, isStronglyNamed: Bool) {
        let tag = EntityTag("a")
        #expect(tag.isNamed(in: list) == isNamed)
        #expect(tag.isStronglyNamed(in: list) == isStronglyNamed)
        #expect(EntityTag("a", isWeak: true).isNamed(in: list) == isNamed)
        #expect(EntityTag("a", isWeak: true).isStronglyNamed(in: list) == (list == "*"))
    }

    @Test("tags that only look alike are different ones")
    func lookAlikes() {
        #expect(!EntityTag("K").isNamed(in: "\"\u{212a}\"") && !EntityTag("\u{e9}").isStronglyNamed(in: "\"e\u{301}\""))
        #expect(EntityTag("\u{e9}").isStronglyNamed(in: "\"\u{e9}\""))
    }
}
