import Configuration

/// Something that an operator does with a service's settings from the command line, while the service runs or not:
///
///     ServiceCommand(["keys", "rotate"], "publishes a new signing key") { settings, context in
///         ...
///         return "the new key is \(id)\n"
///     }
public struct ServiceCommand<Configuration: Settings>: Sendable {
    /// What the command works with; errors are logged to standard error.
    public struct Context: Sendable {
        public let service: ServiceContext
        /// What follows the command's words.
        public let arguments: [String]
    }

    let syntax: CommandSyntax
    let run: @Sendable (Configuration, Context) async throws -> String

    /// `run` answers what is printed. `parameters` is for the help page, as in `NAME [ROLE...]`, and `count` how many there
    /// may be.
    public init(
        _ words: [String], _ about: String, parameters: String = "", count: ClosedRange<Int> = 0...0,
        run: @escaping @Sendable (Configuration, Context) async throws -> String
    ) {
        syntax = CommandSyntax(words: words, parameters: parameters, count: count, about: about)
        self.run = run
    }
}

/// How a command is written.
struct CommandSyntax: Sendable {
    let words: [String]
    let parameters: String
    let count: ClosedRange<Int>
    let about: String

    var usage: String { (words + (parameters.isEmpty ? [] : [parameters])).joined(separator: " ") }

    /// The arguments behind the command's words; nil when it is another command.
    func arguments(in line: [String]) -> [String]? {
        line.starts(with: words) ? Array(line.dropFirst(words.count)) : nil
    }
}
