/// What `--help` and `--check-config` print.
package struct SettingsPage {
    package let service: String
    package let prefix: String
    private let about: String
    private let commands: [(usage: String, about: String)]

    package init(
        service: String, about: String, prefix: String, commands: [(usage: String, about: String)] = []
    ) {
        self.commands = commands
        self.service = service
        self.about = about
        self.prefix = prefix
    }

    package func help(_ entries: [SettingEntry]) -> String {
        let names = width(entries.map(\.name))
        let defaults = width(entries.map(defaultText))
        var text = """
            \(service): \(about)

            usage: \(service) [--help | --check-config | --probe | --version]

              --check-config  prints the settings in use, and what is wrong with them
              --probe         asks the running service whether it is alive: 0 if it is, 1 if not
            \(commandLines)
            Settings are environment variables. Each may also be given as \(prefix)_NAME for this service alone; a secret
            also as NAME_FILE with the path of a file that holds it.


            """
        for entry in entries {
            text += "  \(padded(entry.name, names))  \(padded(defaultText(entry), defaults))  \(entry.meaning)\n"
            let indent = String(repeating: " ", count: names + defaults + 6)
            text += "\(indent)\(entry.expectation)\(entry.isSecret ? "; a secret" : "")\n"
        }
        return text
    }

    /// Each with a line break before it; nothing when there are none.
    private var commandLines: String {
        guard !commands.isEmpty else { return "" }
        let usages = width(commands.map(\.usage))
        let lines = commands.map { "  \(service) \(padded($0.usage, usages))  \($0.about)\n" }
        return "\ncommands, which use the same settings:\n\n" + lines.joined()
    }

    package func check(_ entries: [SettingEntry], problems: [String], warnings: [String]) -> String {
        let names = width(entries.map(\.name))
        let values = width(entries.map(valueText))
        var text = ""
        for entry in entries {
            text += "\(padded(entry.name, names))  \(padded(valueText(entry), values))  \(sourceText(entry))\n"
        }
        for warning in warnings { text += "warning: \(warning)\n" }
        for problem in problems { text += "wrong: \(problem)\n" }
        text += problems.isEmpty ? "settings: all right\n" : "settings: \(problems.count) wrong\n"
        return text
    }

    private func defaultText(_ entry: SettingEntry) -> String {
        switch entry.presence {
        case .required: "required"
        case .optional: "none"
        case .defaulted(let text): entry.isSecret ? "set" : text.isEmpty ? "empty" : shown(text, quoted: false)
        }
    }

    private func valueText(_ entry: SettingEntry) -> String {
        if entry.isWrong { return "wrong" }
        if entry.isSecret { return entry.value == nil ? "not set" : "set" }
        guard let value = entry.value else { return "none" }
        return value.isEmpty ? "empty" : shown(value, quoted: false)
    }

    private func sourceText(_ entry: SettingEntry) -> String {
        switch entry.source {
        case .none where entry.isWrong: "see below"
        case .none: if case .defaulted = entry.presence { "default" } else { "not set" }
        case .environment(let variable): variable == entry.name ? "environment" : "environment, \(variable)"
        case .file(let path): "file \(shown(path, quoted: false))"
        }
    }
}

/// The widest text that a column makes room for; a wider one just sticks out.
private func width(_ texts: [String]) -> Int { min(texts.map(\.count).max() ?? 0, 40) }

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
}
