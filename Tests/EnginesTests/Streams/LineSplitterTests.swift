import Testing

@testable import Engines

@Suite("Cutting output into lines")
struct LineSplitterTests {
    private func lines(_ text: [UInt8], maximum: Int = 8, atReturn: Bool = false, block: Int) -> [EngineLine] {
        var splitter = LineSplitter(maximumBytes: maximum, splitsAtReturn: atReturn)
        var lines: [EngineLine] = []
        var start = 0
        while start < text.count {
            let piece = Array(text[start..<min(text.count, start + block)])
            piece.withUnsafeBytes { splitter.append($0) }
            while let line = splitter.next() { lines.append(line) }
            start += block
        }
        if let last = splitter.finish() { lines.append(last) }
        return lines
    }

    private static func line(_ text: String, cut: Bool = false, ended: Bool = true) -> EngineLine {
        EngineLine(Array(text.utf8), isCut: cut, isTerminated: ended)
    }

    static let cases: [(text: String, atReturn: Bool, lines: [EngineLine])] = [
        ("", false, []),
        ("a\n", false, [line("a")]),
        ("\n\n", false, [line(""), line("")]),
        ("a\nb", false, [line("a"), line("b", ended: false)]),
        ("a\r\nb\r\n", false, [line("a"), line("b")]),
        ("a\r\r\n", false, [line("a\r")]),
        ("a\rb\n", false, [line("a\rb")]),
        ("a\r", false, [line("a\r", ended: false)]),
        ("a\rb\n", true, [line("a"), line("b")]),
        ("a\r\nb\r\n", true, [line("a"), line("b")]),
        ("a\r\rb", true, [line("a"), line(""), line("b", ended: false)]),
        ("a\r\n\nb\r", true, [line("a"), line(""), line("b")]),
        ("12345678\n", false, [line("12345678")]),
        ("123456789\n", false, [line("12345678", cut: true)]),
        ("123456789\nx\n", false, [line("12345678", cut: true), line("x")]),
        ("123456789", false, [line("12345678", cut: true, ended: false)]),
        ("1234567\r\n", false, [line("1234567")]),
        ("1\0002\n", false, [line("1\0002")]),
    ]

    @Test("gives the same lines however the bytes arrive", arguments: cases, [1, 2, 3, 7, 64])
    func table(_ example: (text: String, atReturn: Bool, lines: [EngineLine]), block: Int) {
        #expect(lines(Array(example.text.utf8), atReturn: example.atReturn, block: block) == example.lines)
    }

    @Test("keeps bytes that are no text, and shows them as replacement characters")
    func bytes() {
        let found = lines([0xff, 0x00, 0xc3, 0x0a, 0x80], block: 2)
        #expect(found.map(\.bytes) == [[0xff, 0x00, 0xc3], [0x80]])
        #expect(found.map(\.text) == ["\u{fffd}\0\u{fffd}", "\u{fffd}"])
    }

    @Test("hands out bytes as they came when lines are not wanted")
    func blocks() {
        var splitter = LineSplitter(maximumBytes: 8)
        Array("one\ntw".utf8).withUnsafeBytes { splitter.append($0) }
        #expect(splitter.next() == Self.line("one"))
        #expect(splitter.takeBytes() == Array("tw".utf8))
        #expect(splitter.takeBytes().isEmpty)
        #expect(splitter.next() == nil)
        #expect(splitter.finish() == nil)
    }

    @Test("keeps the last lines within a number of lines and of bytes")
    func tail() {
        var tail = OutputTail(maximumLines: 3, maximumBytes: 10)
        #expect(tail.text == "")
        for text in ["one", "two", "six", "ten"] { tail.append(Self.line(text)) }
        #expect(tail.text == "two\nsix\nten".suffixOfLines(within: 10))
        tail.append(Self.line("a line that is longer than all"))
        #expect(tail.text == " than all".prefix(0) + "r than all")
        for number in 0..<1000 { tail.append(Self.line("\(number)")) }
        #expect(tail.text == "997\n998\n999".suffixOfLines(within: 10))
        var none = OutputTail(maximumLines: 0, maximumBytes: 10)
        none.append(Self.line("one"))
        #expect(none.text == "")
    }
}

extension String {
    /// The last whole lines that fit.
    fileprivate func suffixOfLines(within bytes: Int) -> String {
        var lines = split(separator: "\n")
        while lines.joined(separator: "\n").utf8.count > bytes { lines.removeFirst() }
        return lines.joined(separator: "\n")
    }
}
