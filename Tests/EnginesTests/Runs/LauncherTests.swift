import Engines
import Testing

@Suite("The launcher prefix")
struct LauncherTests {
    static let understood: [(text: String, words: [String])] = [
        ("", []),
        ("   ", []),
        ("srun", ["srun"]),
        ("srun --gres=gpu:1", ["srun", "--gres=gpu:1"]),
        ("  srun\t -n  1 ", ["srun", "-n", "1"]),
        ("env 'A=b c' x", ["env", "A=b c", "x"]),
        ("env \"A=b c\"x", ["env", "A=b cx"]),
        ("a'b'\"c\"d", ["abcd"]),
        ("a ''", ["a", ""]),
        ("a \"\"", ["a", ""]),
        ("a \\ b", ["a", " b"]),
        ("a \\$b '$c'", ["a", "$b", "$c"]),
        ("a \"\\$b \\\\ \\\" \\x\"", ["a", "$b \\ \" \\x"]),
        ("a '\\'", ["a", "\\"]),
        ("nice -n 10 ioü", ["nice", "-n", "10", "ioü"]),
    ]

    @Test("is read as a shell reads words", arguments: understood)
    func good(text: String, words: [String]) throws {
        let launcher = try EngineLauncher(parsing: text)
        #expect(launcher.words == words)
    }

    @Test(
        "is refused where a shell would do more than read words, or could not",
        arguments: [
            "srun $X", "srun `x`", "srun; rm", "a | b", "a & b", "a > b", "a < b", "(a)", "a *", "a ?", "a [b]", "{a}",
            "~/a", "a # b", "!a", "a 'b", "a \"b", "a \\", "a \"$x\"", "a \"`x`\"", "A=1 srun", "'' a", "a\nb",
            "a\u{0}b", "a '\u{7f}'",
        ])
    func bad(text: String) {
        #expect(throws: EngineLauncher.Malformed.self) { try EngineLauncher(parsing: text) }
    }

    @Test("stands before the command")
    func used() async throws {
        var settings = EngineSettings()
        settings.launcher = try EngineLauncher(parsing: "/usr/bin/env 'LAUNCHED=yes, it is'")
        let (lines, _) = try await runOnce(settings) { $0.shell("echo \"$LAUNCHED\"") }
        #expect(lines.map(\.text) == ["yes, it is"])
    }

    @Test("that is not there is told before anything starts")
    func missing() async throws {
        var settings = EngineSettings()
        settings.launcher = EngineLauncher(words: ["no-such-launcher", "-x"])
        let error = try await failure(settings) { $0.shell("echo") }
        #expect(error == .couldNotStart(.programNotFound("no-such-launcher")))
    }
}
