import CLinux
import Glibc
import Loop
import Telemetry

/// Follows one run from its start to its end: hears the guard, keeps the time, and stops it when told to.
final class Supervision: Sendable {
    struct Result: Sendable {
        let outcome: EngineLife.Outcome
        let duration: Duration
        /// The kernel killed somebody for memory meanwhile.
        let sawMemoryKill: Bool
    }

    private struct State {
        var life = EngineLife()
        var timers: [Task<Void, Never>] = []
    }

    let limits: EngineLimits
    private let spawned: SpawnedGuard
    private let settings: EngineSettings
    private let workspace: String
    private let loop: EventLoop
    private let blocking: BlockingPool
    private let logger: Logger
    private let began = Deadline.now
    private let memoryKillsBefore = OutOfMemory.kernelKills()
    private let state = Locked(State())
    private let started = Completion<Bool>()
    private let ended = Completion<Result>()

    init(
        _ spawned: SpawnedGuard, settings: EngineSettings, limits: EngineLimits, workspace: String, loop: EventLoop,
        blocking: BlockingPool, logger: Logger
    ) {
        self.spawned = spawned
        self.settings = settings
        self.limits = limits
        self.workspace = workspace
        self.loop = loop
        self.blocking = blocking
        self.logger = logger
    }

    deinit {
        close(spawned.pidDescriptor)
    }

    /// Begins; `onEnd` is called once, when no process of the run is left and before anybody is told.
    func begin(onEnd: @escaping @Sendable () -> Void) {
        if let wallTime = limits.wallTime { after(wallTime) { $0.stop(.timedOut) } }
        let report = EngineOutput(spawned.report, on: loop, splitter: LineSplitter(maximumBytes: 256))
        Task(executorPreference: loop) {
            await self.follow(report)
            onEnd()
            self.tell()
        }
    }

    /// Whether the program was started; false once it is known that it was not.
    func hasStarted() async -> Bool { await started.value }

    func outcome() async -> Result { await ended.value }

    var hasEnded: Bool { ended.ifComplete != nil }

    func stop(_ reason: EngineLife.StopReason) {
        guard state.withLock({ $0.life.stop(reason) }) == .askGuard else { return }
        _ = clinux_pidfd_signal(spawned.pidDescriptor, SIGTERM)
        after(settings.grace + settings.guardMargin) { supervision in
            guard supervision.state.withLock({ $0.life.guardIsLate() }) == .killGuard else { return }
            _ = clinux_pidfd_signal(supervision.spawned.pidDescriptor, SIGKILL)
        }
    }

    private func after(_ duration: Duration, _ body: @escaping @Sendable (Supervision) -> Void) {
        let timer = Task(executorPreference: loop) { [self] in
            guard (try? await loop.sleep(for: duration)) != nil else { return }
            body(self)
        }
        let isOver = state.withLock { state in
            state.timers.append(timer)
            return state.life.isOver
        }
        if isOver { timer.cancel() }
    }

    private func follow(_ report: EngineOutput) async {
        while let line = try? await report.nextLine() {
            guard let news = GuardReport(line.text) else { continue }
            state.withLock { $0.life.guardReported(news) }
            if news == .started { started.complete(true) }
        }
        let exit = try? await loop.waitForExit(of: spawned.pid)
        close(spawned.lifeline)
        let mayHaveLeft = state.withLock { $0.life.guardEnded(byItself: exit == .exited(0)) }
        if mayHaveLeft {
            logger.warning("engine_guard_failed", ["exit": .describing(exit)])
            let workspace = workspace
            _ = try? await blocking.run { LeftoverProcesses.end(of: workspace) }
        }
        let timers = state.withLock { state in
            defer { state.timers = [] }
            return state.timers
        }
        for timer in timers { timer.cancel() }
    }

    private func tell() {
        let kills = OutOfMemory.kernelKills()
        let sawKill = memoryKillsBefore.flatMap { before in kills.map { $0 > before } } ?? false
        let outcome = state.withLock { $0.life.outcome } ?? .lost
        let duration = Deadline.now.duration(since: began)
        logger.debug("engine_ended", ["duration": .duration(duration), "outcome": .describing(outcome)])
        ended.complete(Result(outcome: outcome, duration: duration, sawMemoryKill: sawKill))
        started.complete(false)
    }
}
