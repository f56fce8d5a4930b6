import Glibc

/// How a service runs its engines.
public struct EngineSettings: Sendable {
    /// The `engine-guard` executable; nil for the one beside the service's own.
    public var guardPath: String?
    /// The folder that holds the private folders of runs. Local to the machine; made when it is not there.
    public var workspaces: String
    /// Stands before every command.
    public var launcher: EngineLauncher
    /// What every program finds in its environment, besides the few variables that are always set.
    public var environment: [String: String]
    /// Where programs without a slash in their name are looked for; also their `PATH`.
    public var searchPath: String
    /// For commands that bring no limits of their own.
    public var limits: EngineLimits
    /// Programs that may run at once; one more is refused.
    public var maximumRunning: Int
    /// Between SIGTERM and SIGKILL.
    public var grace: Duration
    /// The same when the service is gone and nobody waits for a result.
    public var orphanGrace: Duration
    /// Beyond `grace`: a guard that has not ended everything by then is killed itself.
    public var guardMargin: Duration

    public init(
        guardPath: String? = nil, workspaces: String = EngineSettings.usualWorkspaces,
        launcher: EngineLauncher = .none, environment: [String: String] = [:],
        searchPath: String = EngineSettings.inheritedPath, limits: EngineLimits = EngineLimits(),
        maximumRunning: Int = 64, grace: Duration = .seconds(3), orphanGrace: Duration = .seconds(1),
        guardMargin: Duration = .seconds(5)
    ) {
        self.guardPath = guardPath
        self.workspaces = workspaces
        self.launcher = launcher
        self.environment = environment
        self.searchPath = searchPath
        self.limits = limits
        self.maximumRunning = max(1, maximumRunning)
        self.grace = grace
        self.orphanGrace = orphanGrace
        self.guardMargin = guardMargin
    }

    /// A user's own folder: one that all users share would belong to the first of them.
    public static var usualWorkspaces: String { "/tmp/pentad-engines-\(geteuid())" }

    public static var inheritedPath: String {
        getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    }
}
