import HTTP
import JSON
import Loop
import Synchronization
import Telemetry

/// Whether a service takes requests, and why not.
final class Health: Sendable {
    private let isDraining = Atomic<Bool>(false)
    private let checks: [ReadinessCheck]
    private let loops: EventLoopGroup

    init(checks: [ReadinessCheck], loops: EventLoopGroup) {
        self.checks = checks
        self.loops = loops
    }

    func beginDraining() {
        isDraining.store(true, ordering: .relaxed)
    }

    /// Alive: the process runs and answers.
    func liveness() -> Response {
        Response(contentType: .json, body: .bytes(Array(#"{"status":"ok"}"#.utf8)))
    }

    /// 200 when the service takes requests, also while something that it can do without is away.
    func readiness() async throws -> Response {
        let states = await runChecks()
        let isReady = states.indices.allSatisfy { !checks[$0].isRequired || !states[$0].isTrouble }
        let isDraining = isDraining.load(ordering: .relaxed)
        let status = isDraining ? "draining" : states.contains(where: \.isTrouble) ? "degraded" : "ready"
        let report = ReadinessReport(
            status: status,
            checks: zip(checks, states).map { ($0.name, .init($1, isRequired: $0.isRequired)) })
        return Response(
            isReady && !isDraining ? .ok : .serviceUnavailable, headers: ["cache-control": "no-store"],
            contentType: .json, body: .bytes(try JSONWriter().encode(report)))
    }

    private func runChecks() async -> [ReadinessState] {
        await withTaskGroup(of: (Int, ReadinessState).self) { tasks in
            for (index, check) in checks.enumerated() { tasks.addTask { (index, await self.state(of: check)) } }
            let unknown = [ReadinessState](repeating: ReadinessState(.unknown), count: checks.count)
            return await tasks.reduce(into: unknown) { $0[$1.0] = $1.1 }
        }
    }

    private func state(of check: ReadinessCheck) async -> ReadinessState {
        switch check.kind {
        case .known(let state): return state()
        case .asked(let run):
            let started = Deadline.now
            let isUp = await isThere(run)
            return ReadinessState(isUp ? .up : .down, latency: Deadline.now.duration(since: started))
        }
    }

    private func isThere(_ run: @escaping @Sendable () async throws -> Void) async -> Bool {
        let loop = EventLoop.current ?? loops.nextLoop()
        return await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask { (try? await run()) != nil }
            tasks.addTask {
                try? await loop.sleep(for: .seconds(2))
                return false
            }
            let first = await tasks.next() ?? false
            tasks.cancelAll()
            return first
        }
    }
}
