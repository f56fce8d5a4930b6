import Glibc
import Loop
import Postgres

/// What moves a queue's jobs in a service: a worker, the sender of callbacks, the upkeep of the tables.
///
///     runner = JobRunner(queue, name: "photos", settings: configuration.running, handlers: [thumbnail], signer: signer)
///     runner.start()
///
/// `drain` goes into the program's `beginDraining`, `stop` into its `stop`.
public final class JobRunner: Sendable {
    private let queue: JobQueue
    private let worker: Worker
    private let sender: CallbackSender?
    private let upkeep: JobUpkeep
    private let tasks = Locked<[Task<Void, Never>]>([])

    /// Whether callbacks are sent from here. Where no process does, one that is asked for should be refused.
    public var sendsCallbacks: Bool { sender != nil }

    /// Logs and a job's events name the worker as `name@host:process`. Without a signer no callback is sent from here: those
    /// that jobs ask for wait for a process that has one, for 30 days.
    public init(
        _ queue: JobQueue, name: String, settings: JobRunnerSettings = JobRunnerSettings(), handlers: [JobHandler],
        signer: CallbackSigner? = nil, removal: ArtifactRemoval? = nil
    ) {
        self.queue = queue
        worker = Worker(queue, name: Self.inFull(name), settings: settings.worker, handlers: handlers)
        sender = signer.map { CallbackSender(queue, settings: settings.callbacks, signer: $0) }
        upkeep = JobUpkeep(queue, removal: removal)
    }

    private static func inFull(_ name: String) -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(name)@\(String(decoding: bytes, as: UTF8.self)):\(getpid())"
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
