/// How a service keeps its jobs.
public struct JobSettings: Sendable {
    /// How long a claimed job is its worker's without a sign of life.
    public var lease: Duration = .seconds(30)
    /// How often a worker gives that sign.
    public var heartbeat: Duration = .seconds(10)
    /// How often jobs whose lease ran out are looked for.
    public var sweepInterval: Duration = .seconds(5)
    /// How often a worker asks whether a job that it runs was cancelled, should nobody have told it.
    public var cancelInterval: Duration = .milliseconds(500)
    /// How often an idle worker looks for work that nobody told it of.
    public var pollInterval: Duration = .seconds(1)
    /// Finished jobs are kept for so long.
    public var retention: Duration = .seconds(7 * 86400)
    /// How often those past it are removed.
    public var retentionInterval: Duration = .seconds(600)
    /// Jobs that one statement of the sweep or the retention takes.
    public var batch = 500
    /// A request's idempotency key stands for so long.
    public var idempotencyLifetime: Duration = .seconds(86400)
    /// The least time between two reports of a job's progress and log.
    public var reportInterval: Duration = .milliseconds(500)
    /// Lines of log and their bytes that wait for the next report; more are left out, and that is said.
    public var reportLines = 200
    public var reportBytes = 64 * 1024
    /// Bytes of a job's result; a longer one fails the job.
    public var resultBytes = 8 << 20
    /// The whole log of one attempt.
    public var logBytes = 4 << 20
    /// Bytes of one line of log; the rest of it is left out.
    public var lineBytes = 4096
    /// Event streams that one caller may have open.
    public var streamsPerCaller = 16

    public init() {}
}
