import Loop
import Postgres

/// What moves a queue's jobs in a service: a worker, the sender of callbacks, the upkeep of the tables.
///
///     runner = JobRunner(queue, settings: configuration.running, handlers: [thumbnail], signer: signer)
///     runner.start()
///
/// `drain` goes into the program's `beginDraining`, `stop` into its `stop`.
public final class JobRunner: Sendable {
    private let queue: JobQueue
    private let worker: Worker
    private let sender: CallbackSender?
    private let upkeep: JobUpkeep
    private let tasks = Locked<[Task<Void, Never>]>([])

    /// `name` tells workers of several processes apart in logs and in a job's events. Without a signer no callback is sent
    /// from here; those that jobs ask for stay where they are until a process that has one sends them.
    public init(
        _ queue: JobQueue, name: String, settings: JobRunnerSettings = JobRunnerSettings(), handlers: [JobHandler],
        signer: CallbackSigner? = nil, removal: ArtifactRemoval? = nil
    ) {
        self.queue = queue
        worker = Worker(queue, name: name, settings: settings.worker, handlers: handlers)
        sender = signer.map { CallbackSender(queue, settings: settings.callbacks, signer: $0) }
        upkeep = JobUpkeep(queue, removal: removal)
    }

    public func start() {
        let parts: [@Sendable () async -> Void] = [
            worker.run, { [sender] in await sender?.run() }, upkeep.run,
        ]
        tasks.withLock { tasks in
            guard tasks.isEmpty else { return }
            tasks = parts.map { part in Task(executorPreference: queue.loops.nextLoop()) { await part() } }
        }
    }

    /// Takes no more jobs. Those under way go on.
    public func drain() { worker.drain() }

    /// Waits for the jobs under way, as long as the settings say, and gives back those that do not end.
    public func stop() async {
        worker.drain()
        sender?.drain()
        upkeep.stop()
        for task in tasks.withLock({ $0 }) { await task.value }
        queue.close()
    }
}

public struct JobRunnerSettings: Sendable {
    public var worker = WorkerSettings()
    public var callbacks = CallbackSettings()

    public init() {}
}
