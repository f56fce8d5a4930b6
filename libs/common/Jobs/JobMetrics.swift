import Loop
import Telemetry

/// What operators see of the jobs of a process.
struct JobMetrics: Sendable {
    let enqueued: Counter
    let claims: Counter
    let completed: Counter
    let failed: Counter
    let retried: Counter
    let cancelled: Counter
    let leasesLost: Counter
    let callbacksDelivered: Counter
    let callbacksFailed: Counter
    let callbacksDead: Counter
    let streams: Level
    private let waits: Histogram
    private let durations: Histogram
    private let metrics: Metrics

    init(_ metrics: Metrics?) {
        let metrics = metrics ?? Metrics()
        self.metrics = metrics
        enqueued = metrics.counter("jobs_enqueued_total", help: "Jobs put into a queue here.")
        claims = metrics.counter("jobs_claimed_total", help: "Attempts begun here.")
        completed = metrics.counter("jobs_completed_total", help: "Jobs completed here.")
        failed = metrics.counter("jobs_failed_total", help: "Jobs that failed for good here.")
        retried = metrics.counter("jobs_retried_total", help: "Attempts that failed and are tried again.")
        cancelled = metrics.counter("jobs_cancelled_total", help: "Jobs cancelled here.")
        leasesLost = metrics.counter("jobs_leases_lost_total", help: "Leases that ran out or were taken away.")
        callbacksDelivered = metrics.counter("job_callbacks_delivered_total", help: "Callbacks that were taken.")
        callbacksFailed = metrics.counter("job_callbacks_failed_total", help: "Deliveries that are tried again.")
        callbacksDead = metrics.counter("job_callbacks_dead_total", help: "Callbacks given up.")
        streams = metrics.level("job_event_streams", help: "Event streams that are open.")
        waits = metrics.histogram(
            "job_wait_seconds", help: "From when a job was due to its claim.", buckets: .jobDuration)
        durations = metrics.histogram("job_run_seconds", help: "How long attempts took.", buckets: .jobDuration)
    }

    func claimed(_ job: ClaimedJob) {
        claims.add()
        waits.observe(job.waited)
    }

    func ran(since start: Deadline) {
        durations.observe(Deadline.now.duration(since: start))
    }

    func depth(_ count: Int, of queue: String) {
        metrics.gauge("jobs_queued", help: "Jobs that wait.", labels: [("queue", queue)]).set(count)
    }
}
