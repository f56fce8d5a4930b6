/// How one worker works.
public struct WorkerSettings: Sendable {
    /// Jobs at a time; with 0 none is taken, and those of workers that vanished are still noticed.
    public var concurrency = 1
    /// How long jobs may go on once the worker is told to end; what is not done then goes back to the queue.
    public var drainTimeout: Duration = .seconds(30)
    /// A job whose handler does not heed its cancellation for so long is named in the log.
    public var stopWarning: Duration = .seconds(5)

    public init() {}
}
