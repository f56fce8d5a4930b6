import Configuration

/// The command line of every service: it starts, or prints its settings.
public struct SettingsCommand: Sendable {
    public enum Outcome<Values: Settings>: Sendable {
        /// Go on with these; the warnings are worth a log line each.
        case start(Values, warnings: [String])
        /// Print this (to standard error unless the status is 0) and exit.
        case finish(String, status: Int32)
        /// Ask the service that runs with these settings whether it is alive.
        case probe(Values)
        /// Do the program's command of this place in its list.
        case command(Int, Values, arguments: [String])
    }

    private let page: SettingsPage
    private let commands: [CommandSyntax]

    /// The service's name as in `gateway`, what it does in half a sentence, and the prefix of its own variables.
    public init(service: String, about: String, prefix: String) {
        self.init(service: service, about: about, prefix: prefix, commands: [])
    }

    private init(service: String, about: String, prefix: String, commands: [CommandSyntax]) {
        page = SettingsPage(
            service: service, about: about, prefix: prefix, commands: commands.map { ($0.usage, $0.about) })
        self.commands = commands
    }

    /// The command line of a program.
    public init<Program: ServiceProgram>(_ program: Program.Type) {
        self.init(
            service: Program.name, about: Program.about, prefix: Program.settingPrefix,
            commands: Program.commands.map(\.syntax))
    }

    public func run<Values: Settings>(
        _ type: Values.Type, arguments: [String], environment: [String: String]
    ) -> Outcome<Values> {
        guard let option = arguments.first else { return start(type, environment) }
        // One option is all that there ever is: what follows was meant to do something that it would not.
        let isAlone = arguments.count == 1
        switch option {
        case "--help" where isAlone, "-h" where isAlone: return help(type)
        case "--check-config" where isAlone: return check(type, environment)
        case "--version" where isAlone: return .finish("\(page.service) \(Product.version)\n", status: 0)
        case "--probe" where isAlone:
            let outcome = start(type, environment)
            if case .start(let values, _) = outcome { return .probe(values) }
            return outcome
        case "--help", "-h", "--check-config", "--version", "--probe":
            return .finish("\(page.service): \(option) stands alone; see --help\n", status: 2)
        case _ where !option.hasPrefix("-") && !commands.isEmpty: return command(type, arguments, environment)
        default:
            return .finish("\(page.service): no such option: \(shown(option)); see --help\n", status: 2)
        }
    }

    private func command<Values: Settings>(
        _ type: Values.Type, _ line: [String], _ environment: [String: String]
    ) -> Outcome<Values> {
        for (place, command) in commands.enumerated() {
            guard let arguments = command.arguments(in: line) else { continue }
            guard command.count.contains(arguments.count) else {
                return .finish("usage: \(page.service) \(command.usage)\n", status: 2)
            }
            switch start(type, environment) {
            case .start(let values, _): return .command(place, values, arguments: arguments)
            case let outcome: return outcome
            }
        }
        let words = line.prefix(3).joined(separator: " ")
        return .finish("\(page.service): no such command: \(shown(words)); see --help\n", status: 2)
    }

    private func start<Values: Settings>(_ type: Values.Type, _ environment: [String: String]) -> Outcome<Values> {
        var reader = SettingsReader(prefix: page.prefix, environment: environment)
        let values = Values(&reader)
        guard let first = reader.problems.first else { return .start(values, warnings: reader.warnings) }
        let others = reader.problems.count - 1
        let more = others == 0 ? "" : " (and \(others) more: see --check-config)"
        return .finish("settings: \(first)\(more)\n", status: 1)
    }

    private func help<Values: Settings>(_ type: Values.Type) -> Outcome<Values> {
        var reader = SettingsReader(prefix: page.prefix, environment: [:])
        _ = Values(&reader)
        return .finish(page.help(reader.entries), status: 0)
    }

    private func check<Values: Settings>(_ type: Values.Type, _ environment: [String: String]) -> Outcome<Values> {
        var reader = SettingsReader(prefix: page.prefix, environment: environment)
        _ = Values(&reader)
        let text = page.check(reader.entries, problems: reader.problems, warnings: reader.warnings)
        return .finish(text, status: reader.problems.isEmpty ? 0 : 1)
    }
}
