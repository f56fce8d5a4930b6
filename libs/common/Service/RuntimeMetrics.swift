import Loop
import Telemetry

extension Metrics {
    /// Adds what tells of work that waits or was given up: the pool of threads, the log, the traces.
    func collectRuntimeFigures(blocking: BlockingPool, logger: Logger, exporter: SpanExporter?) {
        gauge("blocking_pool_queued", help: "Blocking work that waits for a thread.") { Double(blocking.queued) }
        gauge("blocking_pool_threads", help: "Threads for blocking work, working or idle.") {
            Double(blocking.threads)
        }
        gauge("blocking_pool_maximum_threads", help: "The most threads for blocking work.") {
            Double(blocking.maximumThreads)
        }
        counter("log_records_dropped_total", help: "Log records that could not be written fast enough.") {
            Double(logger.droppedRecords)
        }
        guard let exporter else { return }
        counter("spans_exported_total", help: "Spans that the collector took.") { Double(exporter.exportedSpans) }
        counter("spans_failed_total", help: "Spans that could not be sent to the collector.") {
            Double(exporter.failedSpans)
        }
        counter("spans_dropped_total", help: "Spans that found the queue to the collector full.") {
            Double(exporter.droppedSpans)
        }
    }
}
