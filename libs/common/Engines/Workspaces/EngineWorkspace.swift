import Loop

/// A private, empty folder for the runs of one job. `Engine.withWorkspace` makes it and removes it.
public final class EngineWorkspace: Sendable {
    public let path: String
    private let runs = Locked<[Supervision]>([])

    init(path: String) {
        self.path = path
    }

    /// The path of something in the workspace.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    func add(_ run: Supervision) {
        runs.withLock { runs in
            runs.removeAll { $0.hasEnded }
            runs.append(run)
        }
    }

    /// Ends what still runs here, and waits for it.
    func endRuns() async {
        let running = runs.withLock { $0 }
        for run in running { run.stop(.cancelled) }
        for run in running { _ = await run.outcome() }
    }
}
