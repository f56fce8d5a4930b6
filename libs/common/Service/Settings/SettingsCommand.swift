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
    }

    private let page: SettingsPage

    /// The service's name as in `gateway`, what it does in half a sentence, and the prefix of its own variables.
    public init(service: String, about: String, prefix: String) {
        page = SettingsPage(service: service, about: about, prefix: prefix)
    }

    /// The command line of a program.
    public init<Program: ServiceProgram>(_ program: Program.Type) {
        self.init(service: Program.name, about: Program.about, prefix: Program.settingPrefix)
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
        default:
            return .finish("\(page.service): no such option: \(shown(option)); see --help\n", status: 2)
        }
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
