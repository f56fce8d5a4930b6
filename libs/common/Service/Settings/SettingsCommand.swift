/// The command line of every service: it starts, or prints its settings.
public struct SettingsCommand: Sendable {
    public enum Outcome<Values: Settings>: Sendable {
        /// Go on with these; the warnings are worth a log line each.
        case start(Values, warnings: [String])
        /// Print this (to standard error unless the status is 0) and exit.
        case finish(String, status: Int32)
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
        switch arguments.first {
        case nil: start(type, environment)
        case "--help", "-h": help(type)
        case "--check-config": check(type, environment)
        case let argument?:
            .finish("\(page.service): no such option: \(shown(argument)); see --help\n", status: 2)
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
