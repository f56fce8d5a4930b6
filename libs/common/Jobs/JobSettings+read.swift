import Configuration
import HTTP

private let anyTime = Duration.milliseconds(100)...Duration.seconds(30 * 86_400)

extension JobSettings {
    /// The settings of a service that has jobs.
    public init(_ settings: inout SettingsReader) {
        self.init()
        lease = settings.value(
            "JOB_LEASE", .duration(anyTime), default: lease,
            "how long a job is its worker's without a sign of life; then another one takes it")
        heartbeat = settings.value(
            "JOB_HEARTBEAT", .duration(anyTime), default: heartbeat, "how often a worker gives a sign of life")
        settings.check(heartbeat * 2 <= lease, "JOB_HEARTBEAT must be at most half of JOB_LEASE")
        sweepInterval = settings.value(
            "JOB_SWEEP_INTERVAL", .duration(anyTime), default: sweepInterval,
            "how often jobs of workers that vanished are looked for")
        pollInterval = settings.value(
            "JOB_POLL_INTERVAL", .duration(anyTime), default: pollInterval,
            "how often an idle worker looks for jobs that nobody told it of")
        cancelInterval = settings.value(
            // Beyond a second a job whose engine takes its time would not have stopped within five.
            "JOB_CANCEL_INTERVAL", .duration(.milliseconds(100) ... .seconds(1)), default: cancelInterval,
            "how often a worker asks whether its jobs were cancelled, should nobody have told it")
        retention = settings.value(
            "JOB_RETENTION", .duration(.seconds(60) ... .seconds(3650 * 86_400)), default: retention,
            "how long finished jobs are kept")
        idempotencyLifetime = settings.value(
            "JOB_IDEMPOTENCY_LIFETIME", .duration(anyTime), default: idempotencyLifetime,
            "how long an Idempotency-Key stands for its first request")
        settings.check(
            idempotencyLifetime <= retention, "JOB_IDEMPOTENCY_LIFETIME must be at most JOB_RETENTION")
        retentionInterval = settings.value(
            "JOB_RETENTION_INTERVAL", .duration(anyTime), default: retentionInterval,
            "how often finished jobs that are past that are removed")
        batch = settings.value(
            "JOB_BATCH", .int(1...10_000), default: batch, "jobs that are swept or removed by one statement")
        reportInterval = settings.value(
            "JOB_REPORT_INTERVAL", .duration(anyTime), default: reportInterval,
            "the least time between two reports of a job's progress and log")
        reportLines = settings.value(
            "JOB_REPORT_LINES", .int(1...10_000), default: reportLines,
            "lines of a job's log that wait for its next report; more are left out")
        reportBytes = settings.value(
            "JOB_REPORT_BYTES", .bytes(1024...(16 << 20)), default: reportBytes, "the same in bytes")
        lineBytes = settings.value(
            "JOB_LINE_BYTES", .bytes(80...(1 << 20)), default: lineBytes, "where a line of a job's log is cut")
        settings.check(lineBytes < reportBytes, "JOB_LINE_BYTES must be less than JOB_REPORT_BYTES")
        resultBytes = settings.value(
            "JOB_RESULT_BYTES", .bytes(1024...(256 << 20)), default: resultBytes,
            "the result that one job may have; a longer one fails it")
        logBytes = settings.value(
            "JOB_LOG_BYTES", .bytes(1024...(1 << 30)), default: logBytes, "the log that one attempt may leave")
        streamsPerCaller = settings.value(
            "JOB_STREAMS_PER_CALLER", .int(1...10_000), default: streamsPerCaller,
            "event streams that one caller may have open")
    }
}

extension WorkerSettings {
    public init(_ settings: inout SettingsReader, concurrency: Int = 1) {
        self.init()
        self.concurrency = settings.value(
            "JOB_CONCURRENCY", .int(0...1000), default: concurrency,
            "jobs that a worker of this process does at a time; 0 leaves them to other processes")
        drainTimeout = settings.value(
            "JOB_DRAIN_TIMEOUT", .duration(.zero ... .seconds(86_400)), default: drainTimeout,
            "how long jobs may go on once the service is told to stop; then others take them over")
        stopWarning = settings.value(
            "JOB_STOP_WARNING", .duration(anyTime), default: stopWarning,
            "when a job that goes on although it is told to stop is named in the log")
    }
}

extension CallbackSettings {
    public init(_ settings: inout SettingsReader) {
        self.init()
        allowedNetworks = settings.value(
            "CALLBACK_NETWORKS", .list(of: .network), default: [],
            "networks that are not public and may be called all the same, such as 10.0.0.0/8")
        timeout = settings.value(
            "CALLBACK_TIMEOUT", .duration(.milliseconds(100) ... .seconds(300)), default: timeout,
            "how long a receiver may take for its answer")
        lifetime = settings.value(
            "CALLBACK_LIFETIME", .duration(.seconds(1) ... .seconds(30 * 86_400)), default: lifetime,
            "how long a callback is tried")
        retry.base = settings.value(
            "CALLBACK_RETRY_PAUSE", .duration(anyTime), default: retry.base,
            "about how long after its first failure a callback is tried again; the pauses double")
        retry.cap = settings.value(
            "CALLBACK_RETRY_MAXIMUM_PAUSE", .duration(anyTime), default: retry.cap, "up to so much")
        settings.check(
            retry.base <= retry.cap, "CALLBACK_RETRY_PAUSE must be at most CALLBACK_RETRY_MAXIMUM_PAUSE")
        pollInterval = settings.value(
            "CALLBACK_POLL_INTERVAL", .duration(anyTime), default: pollInterval,
            "how often it is looked for callbacks that are due")
        concurrency = settings.value(
            "CALLBACK_CONCURRENCY", .int(1...1000), default: concurrency, "callbacks that are sent at a time")
        perHost = settings.value(
            "CALLBACK_PER_HOST", .int(1...1000), default: perHost, "of those, to one host")
    }
}

extension JobRunnerSettings {
    public init(_ settings: inout SettingsReader, concurrency: Int = 1) {
        worker = WorkerSettings(&settings, concurrency: concurrency)
        callbacks = CallbackSettings(&settings)
    }
}
