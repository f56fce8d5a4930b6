/// A run that succeeded: what it took.
public struct EngineEnd: Sendable, Equatable {
    public let duration: Duration
    /// Processor time of the program and of its children that it waited for.
    public let cpuTime: Duration
    /// The most memory that one of these processes held at a time.
    public let peakMemoryBytes: Int
    /// The last lines of standard error.
    public let tail: String
}
