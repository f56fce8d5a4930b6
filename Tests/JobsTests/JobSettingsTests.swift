import Configuration
import Jobs
import Testing

@Suite("The settings of jobs")
struct JobSettingsTests {
    private func read(_ environment: [String: String]) -> (
        jobs: JobSettings, worker: WorkerSettings, callbacks: CallbackSettings, problems: [String]
    ) {
        var reader = SettingsReader(prefix: "TEST", environment: environment)
        let settings = (JobSettings(&reader), WorkerSettings(&reader), CallbackSettings(&reader))
        return (settings.0, settings.1, settings.2, reader.problems)
    }

    @Test("Without any they are the modules' own")
    func defaults() {
        let (jobs, worker, callbacks, problems) = read([:])
        #expect(problems == [])
        #expect("\(jobs)" == "\(JobSettings())")
        #expect("\(worker)" == "\(WorkerSettings())")
        #expect("\(callbacks)" == "\(CallbackSettings())")
    }

    @Test("Each limit has one")
    func all() {
        let (jobs, worker, callbacks, problems) = read([
            "JOB_BATCH": "7", "JOB_RETENTION_INTERVAL": "61s", "JOB_REPORT_INTERVAL": "2s", "JOB_REPORT_LINES": "3",
            "JOB_REPORT_BYTES": "2KiB", "JOB_LINE_BYTES": "100", "JOB_RESULT_BYTES": "1MiB",
            "JOB_CANCEL_INTERVAL": "200ms", "JOB_CONCURRENCY": "0", "JOB_STOP_WARNING": "9s",
            "CALLBACK_RETRY_PAUSE": "1s", "CALLBACK_RETRY_MAXIMUM_PAUSE": "60s", "CALLBACK_POLL_INTERVAL": "3s",
        ])
        #expect(problems == [])
        #expect(jobs.batch == 7 && jobs.retentionInterval == .seconds(61) && jobs.reportInterval == .seconds(2))
        #expect(jobs.reportLines == 3 && jobs.reportBytes == 2048 && jobs.lineBytes == 100)
        #expect(jobs.resultBytes == 1 << 20 && jobs.cancelInterval == .milliseconds(200))
        #expect(worker.concurrency == 0 && worker.stopWarning == .seconds(9))
        #expect(callbacks.retry.base == .seconds(1) && callbacks.retry.cap == .seconds(60))
        #expect(callbacks.pollInterval == .seconds(3))
    }

    @Test(
        "What does not go together is refused",
        arguments: [
            (["JOB_RETENTION": "1h"], "JOB_IDEMPOTENCY_LIFETIME"), (["JOB_HEARTBEAT": "20s"], "JOB_LEASE"),
            (["JOB_LINE_BYTES": "64KiB"], "JOB_REPORT_BYTES"), (["JOB_CONCURRENCY": "-1"], "JOB_CONCURRENCY"),
            (["JOB_CANCEL_INTERVAL": "2s"], "JOB_CANCEL_INTERVAL"),
            (["CALLBACK_RETRY_PAUSE": "2h"], "CALLBACK_RETRY_MAXIMUM_PAUSE"),
        ])
    func wrong(environment: [String: String], name: String) {
        let problems = read(environment).problems
        #expect(problems.count == 1 && problems.first?.contains(name) == true, "\(problems)")
    }
}
