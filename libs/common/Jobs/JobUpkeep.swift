import Loop
import Telemetry

/// Keeps the tables of a queue in order: removes what is past its time, counts what waits. One for each process is
/// plenty; several do no harm.
public final class JobUpkeep: Sendable {
    private let queue: JobQueue
    private let removal: ArtifactRemoval?
    private let bell = Doorbell()
    private let isStopping = Locked(false)

    /// How often the depths of queues are counted.
    private static let countInterval = Duration.seconds(15)

    public init(_ queue: JobQueue, removal: ArtifactRemoval? = nil) {
        self.queue = queue
        self.removal = removal
    }

    public func stop() {
        isStopping.withLock { $0 = true }
        bell.ring()
    }

    /// Works until `stop`.
    public func run() async {
        guard EventLoop.current != nil else {
            return await Task(executorPreference: queue.loops.nextLoop()) { await self.run() }.value
        }
        var removeAt = Deadline.now
        var seen: Set<String> = []
        while !isStopping.withLock({ $0 }), !Task.isCancelled {
            do throws(JobError) {
                if Deadline.now >= removeAt {
                    try await removeAll()
                    removeAt = .now + queue.settings.retentionInterval * Double.random(in: 0.8...1)
                }
                let depths = try await queue.depths()
                seen.formUnion(depths.keys)
                for name in seen { queue.metrics.depth(depths[name] ?? 0, of: name) }
            } catch {
                queue.logger.warning("job_upkeep_failed", ["reason": .string("\(error)")])
            }
            await bell.wait(until: .now + min(Self.countInterval, queue.settings.retentionInterval))
        }
    }

    private func removeAll() async throws(JobError) {
        var count = 0
        while true {
            let removed = try await queue.removeFinished(removal)
            count += removed
            if removed < queue.settings.batch || isStopping.withLock({ $0 }) { break }
        }
        try await queue.tidy()
        if count > 0 { queue.logger.info("jobs_removed", ["count": .int(count)]) }
    }
}
