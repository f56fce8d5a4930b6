import Configuration
import HTTP
import Service
import Testing

private struct CommandedService: ServiceProgram {
    static let name = "sample"
    static let about = "an example"
    static func common(_ configuration: CommandedSettings) -> CommonSettings { configuration.common }
    static let commands: [ServiceCommand<CommandedSettings>] = [
        ServiceCommand(["keys", "list"], "lists keys") { _, _ in "none\n" },
        ServiceCommand(["keys", "drop"], "drops keys", parameters: "KEY [KEY]", count: 1...2) { _, context in
            context.arguments.joined(separator: ",")
        },
    ]

    init(_ configuration: CommandedSettings, _ context: ServiceContext) async throws {}
    func declare(_ routes: inout Routes) {}
}

private struct CommandedSettings: Settings {
    let common: CommonSettings

    init(_ settings: inout SettingsReader) {
        common = CommonSettings(&settings, port: 8099, internalPort: 9099)
    }
}

@Suite("A service's own commands")
struct ServiceCommandTests {
    private func run(_ words: [String], _ environment: [String: String] = [:])
        -> SettingsCommand.Outcome<CommandedSettings>
    {
        SettingsCommand(CommandedService.self).run(
            CommandedSettings.self, arguments: words, environment: environment)
    }

    @Test("are found by their words, and get what follows")
    func found() throws {
        guard case .command(0, _, arguments: []) = run(["keys", "list"]) else {
            Issue.record("keys list is a command")
            return
        }
        guard case .command(1, _, arguments: let arguments) = run(["keys", "drop", "a", "b"]) else {
            Issue.record("keys drop is a command")
            return
        }
        #expect(arguments == ["a", "b"])
    }

    @Test(
        "are explained when they are wrong",
        arguments: [
            (["keys"], "sample: no such command: \"keys\"; see --help\n"),
            (["kyes", "list"], "sample: no such command: \"kyes list\"; see --help\n"),
            (["keys", "list", "all"], "usage: sample keys list\n"),
            (["keys", "drop"], "usage: sample keys drop KEY [KEY]\n"),
            (["keys", "drop", "a", "b", "c"], "usage: sample keys drop KEY [KEY]\n"),
            (["--keys"], "sample: no such option: \"--keys\"; see --help\n"),
        ])
    func wrong(words: [String], text: String) {
        guard case .finish(let output, let status) = run(words) else {
            Issue.record("\(words) is nothing to do")
            return
        }
        #expect(output == text && status == 2)
    }

    @Test("need right settings")
    func settings() {
        guard case .finish(let output, 1) = run(["keys", "list"], ["PORT": "x"]) else {
            Issue.record("a wrong setting ends it")
            return
        }
        #expect(output.contains("PORT"))
    }

    @Test("are on the help page")
    func help() {
        guard case .finish(let text, 0) = run(["--help"]) else {
            Issue.record("--help ends it")
            return
        }
        #expect(text.contains("\ncommands, which use the same settings:\n\n  sample keys list"))
        #expect(text.contains("sample keys drop KEY [KEY]  drops keys\n\nSettings are environment variables."))
    }
}
