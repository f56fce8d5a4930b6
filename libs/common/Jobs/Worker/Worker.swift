import JSON
import Loop
import Telemetry

/// Takes jobs from a queue and runs their handlers, several at a time, until it is told to end.
///
///     let worker = Worker(queue, name: "gpu-1", handlers: [transcribe, align])
///     let running = Task(executorPreference: loop) { await worker.run() }
///     …
///     worker.drain()
///     await running.value
public final class Worker: Sendable {
    public let name: String
    public let queueName: String
    let queue: JobQueue
    let settings: WorkerSettings
    let logger: Logger
    let handlers: [String: JobHandler]
    private let id = UUID()
    private let bell = Doorbell()
    private let heart = Doorbell()
    private let shared = Locked(Shared())

    private struct Shared {
        var attempts: [ClaimedJob.Lease: RunningAttempt] = [:]
        var ended = 0
        var isWoken = false
        var drainEnd: Deadline?
    }

    /// All handlers are of kinds of the same queue.
    public init(
        _ queue: JobQueue, name: String, settings: WorkerSettings = WorkerSettings(), handlers: [JobHandler]
    ) {
        guard let queueName = handlers.first?.queue, handlers.allSatisfy({ $0.queue == queueName }) else {
            preconditionFailure("a worker has handlers, all of one queue")
        }
        self.queue = queue
        self.name = name
        self.queueName = queueName
        self.settings = settings
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) })
        logger = queue.logger.with(["worker": .string(name)])
    }

    /// Jobs that are under way.
    /// Whether the time is over that a drain leaves to the jobs under way.
    var isDrainOver: Bool { shared.withLock { $0.drainEnd.map { $0 <= .now } ?? false } }

    public var running: Int { shared.withLock { $0.attempts.count } }

    /// Takes no more jobs. `run` returns when those under way have ended, or were given back at the drain's timeout.
    public func drain() {
        let end = Deadline.now + settings.drainTimeout
        shared.withLock { $0.drainEnd = $0.drainEnd ?? end }
        bell.ring()
    }

    /// Works until `drain`. Cancelling its task is as good as killing the process: leases are left to run out.
    public func run() async {
        await run(isOnce: false)
    }

    /// Does one job, if there is one that is due, and answers whether there was.
    public func runOnce() async -> Bool {
        await run(isOnce: true)
    }

    @discardableResult
    private func run(isOnce: Bool) async -> Bool {
        guard EventLoop.current != nil else {
            return await Task(executorPreference: queue.loops.nextLoop()) { await self.run(isOnce: isOnce) }.value
        }
        let ear = queue.signals.hear { [weak self] in self?.hear($0) }
        defer { queue.signals.forget(ear) }
        let hasWorked = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.keepLeases() }
            tasks.addTask { await self.keepSweeping() }
            let hasWorked = await self.work(isOnce: isOnce)
            tasks.cancelAll()
            return hasWorked
        }
        try? await queue.wakeUp(id)
        return hasWorked
    }

    private func hear(_ signal: JobSignals.Signal) {
        switch signal {
        case .work(let worker):
            guard worker == id else { return }
            shared.withLock { $0.isWoken = true }
            bell.ring()
        case .cancel(let job):
            // A hint like the others: the heartbeat asks whether it is so.
            let isOurs = shared.withLock { $0.attempts.values.contains { $0.job.id == job } }
            if isOurs { heart.ring() }
        case .reconnected:
            shared.withLock { $0.isWoken = true }
            bell.ring()
            heart.ring()
        case .event: break
        }
    }

    private func work(isOnce: Bool) async -> Bool {
        var state = WorkerState(
            slots: isOnce ? 1 : settings.concurrency, poll: queue.settings.pollInterval, isOnce: isOnce)
        var hasWorked = false
        var unknown: UUID?
        await withDiscardingTaskGroup { tasks in
            while !Task.isCancelled {
                let drainEnd = takeNews(&state)
                switch state.next(now: .now, chance: .random(in: 0...1)) {
                case .claim(let count):
                    let jobs = await claim(count, &state, &unknown)
                    hasWorked = hasWorked || !jobs.isEmpty
                    for job in jobs { start(job, in: &tasks) }
                case .announce:
                    await announce(&state)
                case .wait(let deadline):
                    if let drainEnd, Deadline.now >= drainEnd {
                        for attempt in shared.withLock({ Array($0.attempts.values) }) { attempt.drainTimedOut() }
                        await bell.wait(until: deadline)
                    } else {
                        await bell.wait(until: min(deadline, drainEnd ?? .distantFuture))
                    }
                case .finish: return
                }
            }
        }
        return hasWorked
    }

    private func takeNews(_ state: inout WorkerState) -> Deadline? {
        let news = shared.withLock { shared in
            defer { (shared.ended, shared.isWoken) = (0, false) }
            return (shared.ended, shared.isWoken, shared.drainEnd)
        }
        for _ in 0..<news.0 { state.jobEnded() }
        if news.1 { state.woken() }
        if news.2 != nil { state.drain() }
        return news.2
    }

    private func claim(_ count: Int, _ state: inout WorkerState, _ unknown: inout UUID?) async -> [ClaimedJob] {
        let token = UUID()
        do throws(JobError) {
            if let lost = unknown {
                try await queue.giveBack(token: lost)
                unknown = nil
            }
            let jobs = try await queue.claim(
                count, from: queueName, kinds: Array(handlers.keys), worker: name, token: token)
            state.claimed(jobs.count, of: count)
            return jobs
        } catch {
            // The claim may have been done although nobody heard the answer.
            unknown = unknown ?? token
            state.failed(now: .now, chance: .random(in: 0...1))
            logger.warning("job_claim_failed", ["reason": .string("\(error)")])
            return []
        }
    }

    private func announce(_ state: inout WorkerState) async {
        do throws(JobError) {
            try await queue.sleep(id, in: queueName, for: queue.settings.pollInterval * 3)
            state.announced()
        } catch {
            state.failed(now: .now, chance: .random(in: 0...1))
        }
    }

    private func start(_ job: ClaimedJob, in tasks: inout DiscardingTaskGroup) {
        guard let handler = handlers[job.kind] else { return }
        let attempt = RunningAttempt(job, handler, queue.settings)
        shared.withLock { $0.attempts[job.lease] = attempt }
        tasks.addTask {
            await self.perform(attempt)
            self.shared.withLock { shared in
                shared.attempts[job.lease] = nil
                shared.ended += 1
            }
            self.bell.ring()
        }
    }

    /// Extends all leases together, time and again; in between it looks whether a job was cancelled, should nobody
    /// have said so.
    private func keepLeases() async {
        var beatAt = Deadline.now + queue.settings.heartbeat
        var next = beatAt
        while !Task.isCancelled {
            await heart.wait(until: next)
            let attempts = shared.withLock { $0.attempts }
            let isBeat = Deadline.now >= beatAt
            if isBeat { beatAt = .now + queue.settings.heartbeat }
            next = min(beatAt, .now + queue.settings.cancelInterval)
            guard !attempts.isEmpty else { continue }
            do throws(JobError) {
                let leases = Array(attempts.keys)
                let heartbeat = isBeat ? try await queue.beat(leases) : try await queue.look(at: leases)
                for (lease, attempt) in attempts {
                    attempt.answered(
                        isHeld: heartbeat.held.contains(lease), isCancelled: heartbeat.cancelled.contains(lease))
                }
            } catch {
                guard !Task.isCancelled else { return }
                // After an outage the first word is a sign of life.
                beatAt = .now + min(.seconds(1), queue.settings.heartbeat / 4)
                next = beatAt
                logger.warning("job_heartbeat_failed", ["reason": .string("\(error)")])
            }
        }
    }

    /// Takes jobs from workers that vanished. After an outage those who are still there speak first.
    private func keepSweeping() async {
        guard let loop = EventLoop.current else { return }
        var pause = queue.settings.sweepInterval
        while !Task.isCancelled {
            try? await loop.sleep(for: pause * Double.random(in: 0.8...1))
            do throws(JobError) {
                while try await queue.sweep() == queue.settings.batch {}
                pause = queue.settings.sweepInterval
            } catch {
                pause = max(queue.settings.sweepInterval, queue.settings.heartbeat)
            }
        }
    }
}
