import Testing

@testable import HTTP

@Suite("File names from outside")
struct FileNameTests {
    @Test(
        "are reduced to what a folder of ours can hold",
        arguments: [
            ("a.txt", "a.txt"), ("이름.pdf", "이름.pdf"), ("../../etc/passwd", "passwd"), ("/etc/passwd", "passwd"),
            ("C:\\Users\\me\\x.txt", "x.txt"), ("a/b\\c", "c"), ("..", "unnamed"), (".", "unnamed"), ("", "unnamed"),
            ("a/", "unnamed"), (".htaccess", "htaccess"), (" . x", "x"), ("x. .", "x"), ("a\u{0}b", "a_b"),
            ("a\r\nb", "a__b"), ("a:b", "a_b"), ("<>:\"|?*", "_______"),
            ("gpj.\u{202e}exe", "gpj._exe"), ("a\u{2028}b", "a_b"), ("a\u{200b}b", "a_b"), ("%2e%2e%2fx", "%2e%2e%2fx"),
            (" ", "unnamed"), ("a b", "a b"), ("-rf", "-rf"),
        ])
    func safe(name: String, expected: String) {
        #expect(FileName.safe(name) == expected)
    }

    @Test("are cut where a character ends")
    func long() {
        #expect(FileName.safe(String(repeating: "a", count: 300)).utf8.count == 255)
        #expect(FileName.safe(String(repeating: "가", count: 100)) == String(repeating: "가", count: 85))
    }
}
