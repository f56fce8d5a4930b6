/// A program to run, with its arguments, in a workspace.
public struct EngineCommand: Sendable {
    public enum Input: Sendable {
        /// `/dev/null`.
        case none
        /// What `EngineRun.standardInput` is given.
        case pipe
    }

    public enum ErrorOutput: Sendable {
        /// Read as it comes; only its last lines are kept, for the error.
        case tail
        /// Read line by line by the caller, as standard output is; its last lines are kept as well.
        case lines
    }

    /// A name that is looked for on the search path, or a path.
    public var program: String
    public var arguments: [String]
    public var workspace: EngineWorkspace
    /// Added to the environment. Nothing of the service's own is passed on.
    public var environment: [String: String]
    /// Where the program starts; nil for the workspace.
    public var directory: String?
    public var input: Input
    public var errorOutput: ErrorOutput
    /// Whether a carriage return ends a line too, as progress bars write them.
    public var splitsAtReturn: Bool
    /// Nil for those of the settings.
    public var limits: EngineLimits?

    public init(
        _ program: String, _ arguments: [String] = [], workspace: EngineWorkspace, environment: [String: String] = [:],
        directory: String? = nil, input: Input = .none, errorOutput: ErrorOutput = .tail, splitsAtReturn: Bool = false,
        limits: EngineLimits? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.workspace = workspace
        self.environment = environment
        self.directory = directory
        self.input = input
        self.errorOutput = errorOutput
        self.splitsAtReturn = splitsAtReturn
        self.limits = limits
    }
}
