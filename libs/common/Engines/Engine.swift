import Glibc
import Loop
import Telemetry

/// Runs foreign programs, each in a private workspace and behind a guard that leaves nothing behind.
///
///     let engine = try await Engine.open(settings, loops: loops, logger: logger)
///     try await engine.withWorkspace { workspace in
///         let run = try await engine.start(EngineCommand("colmap", ["feature_extractor"], workspace: workspace))
///         for try await line in run.standardOutput { report(line.text) }
///         try await run.finish()
///     }
public final class Engine: Sendable {
    public let settings: EngineSettings
    private let guardPath: String
    private let loops: EventLoopGroup
    private let blocking: BlockingPool
    private let logger: Logger
    private let runningCount = Locked(0)

    /// Checks that the guard is there, and clears away what a process that was killed has left.
    public static func open(
        _ settings: EngineSettings, loops: EventLoopGroup, blocking: BlockingPool = BlockingPool(maximumThreads: 8),
        logger: Logger = .silent
    ) async throws(EngineError) -> Engine {
        let guardPath = try GuardPath.find(settings.guardPath)
        // A program that reads no more of its input must not end the service.
        Signals.ignoreBrokenPipes()
        let engine = Engine(settings, guardPath: guardPath, loops: loops, blocking: blocking, logger: logger)
        await engine.sweep()
        return engine
    }

    private init(
        _ settings: EngineSettings, guardPath: String, loops: EventLoopGroup, blocking: BlockingPool, logger: Logger
    ) {
        self.settings = settings
        self.guardPath = guardPath
        self.loops = loops
        self.blocking = blocking
        self.logger = logger
    }

    /// Programs that run now; a gauge.
    public var running: Int { runningCount.withLock { $0 } }

    /// Removes the workspaces of dead processes and ends what is left of their programs.
    @discardableResult
    public func sweep() async -> EngineSweep {
        let root = settings.workspaces
        let sweep = await unhurried { WorkspaceSweep.run(in: root) } ?? EngineSweep()
        if sweep != EngineSweep() {
            logger.warning(
                "engine_workspaces_swept",
                [
                    "workspaces": .int(sweep.workspaces), "processes": .int(sweep.processes),
                    "failures": .int(sweep.failures),
                ])
        }
        return sweep
    }

    /// Runs `body` with a new private folder. Afterwards, however it went, what still runs there is ended and the folder
    /// removed.
    @discardableResult
    public func withWorkspace<Result>(_ body: (EngineWorkspace) async throws -> Result) async throws -> Result {
        let root = settings.workspaces
        let folder = try await offLoop { () throws(EngineError) in
            do throws(SystemFailure) {
                return try WorkspaceFolder.create(in: root)
            } catch {
                throw .couldNotStart(.system(operation: error.operation, code: error.code))
            }
        }
        let workspace = EngineWorkspace(path: folder.path)
        do {
            let result = try await body(workspace)
            await end(workspace, folder)
            return result
        } catch {
            await end(workspace, folder)
            throw error
        }
    }

    /// Starts a program and comes back when it runs. Cancelling the task before that ends it again.
    public func start(_ command: EngineCommand) async throws(EngineError) -> EngineRun {
        try admit()
        let spawned: SpawnedGuard
        do throws(EngineError) {
            spawned = try await spawn(command)
        } catch {
            leave()
            throw error
        }
        let run = supervise(spawned, command)
        let supervision = run.supervision
        let hasStarted = await withTaskCancellationHandler {
            await supervision.hasStarted()
        } onCancel: {
            supervision.stop(.cancelled)
        }
        if !hasStarted { try await run.finish() }
        logger.debug("engine_started", ["program": .string(command.program)])
        return run
    }

    /// Runs a program to its end, with its output line by line. Cancelling the task ends it.
    @discardableResult
    public func run(
        _ command: EngineCommand, onLine: (EngineLine) async throws -> Void = { _ in }
    ) async throws -> EngineEnd {
        let run = try await start(command)
        run.standardInput.close()
        do {
            for try await line in run.standardOutput { try await onLine(line) }
        } catch {
            run.cancel()
            // The run's own end says more than that its reader was cancelled.
            do { try await run.finish() } catch let end where error is CancellationError { throw end } catch {}
            throw error
        }
        return try await run.finish()
    }

    // MARK: Insides

    private func admit() throws(EngineError) {
        let limit = settings.maximumRunning
        let isAdmitted = runningCount.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw .couldNotStart(.tooManyRunning(limit: limit)) }
    }

    private func leave() {
        runningCount.withLock { $0 -= 1 }
    }

    private func spawn(_ command: EngineCommand) async throws(EngineError) -> SpawnedGuard {
        let (settings, guardPath) = (settings, guardPath)
        return try await offLoop { () throws(EngineError) in
            try SpawnedGuard.spawn(EngineLaunch(command, settings, guardPath: guardPath), input: command.input)
        }
    }

    private func offLoop<Value: Sendable>(
        _ work: @escaping @Sendable () throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        let result: Result<Value, EngineError>
        do {
            result = try await blocking.run { Result(catching: work) }
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .couldNotStart(.system(operation: "threads", code: EAGAIN))
        }
        return try result.get()
    }

    private func supervise(_ spawned: SpawnedGuard, _ command: EngineCommand) -> EngineRun {
        let limits = command.limits ?? settings.limits
        let loop = EventLoop.current ?? loops.nextLoop()
        let supervision = Supervision(
            spawned, settings: settings, limits: limits, workspace: command.workspace.path, loop: loop,
            blocking: blocking, logger: logger.with(["program": .string(command.program)]))
        let hold = RunHold(supervision)
        let splitter = LineSplitter(maximumBytes: limits.lineBytes, splitsAtReturn: command.splitsAtReturn)
        let output = EngineOutput(
            spawned.output, on: loop, splitter: splitter, maximumTotal: limits.outputBytes, hold: hold)
        // One that reads by itself must not keep the run going.
        let errors = EngineOutput(
            spawned.errors, on: loop, splitter: splitter,
            tail: OutputTail(maximumLines: limits.tailLines, maximumBytes: limits.tailBytes),
            hold: command.errorOutput == .lines ? hold : nil)
        if command.errorOutput == .tail { errors.discard() }
        command.workspace.add(supervision)
        supervision.begin { [self, weak output, weak errors] in
            output?.abandon()
            errors?.abandon()
            leave()
        }
        return EngineRun(
            hold, input: EngineInput(spawned.input, on: loop, hold: hold), output: output, errors: errors)
    }

    private func end(_ workspace: EngineWorkspace, _ folder: WorkspaceFolder) async {
        await workspace.endRuns()
        let failure = await unhurried { () -> SystemFailure? in
            do throws(SystemFailure) {
                try folder.remove()
                return nil
            } catch {
                return error
            }
        }
        if let failure = failure ?? nil {
            logger.error(
                "engine_workspace_left",
                ["operation": .string(failure.operation), "error": .string(String(cString: strerror(failure.code)))])
        }
    }

    /// Runs blocking work also for a task that was cancelled: what clears up must not be skipped.
    private func unhurried<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result? {
        let blocking = blocking
        return await Task { try? await blocking.run(work) }.value
    }
}
