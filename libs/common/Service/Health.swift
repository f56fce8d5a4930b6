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

    func readiness() async throws -> Response {
        var report = ReadinessReport(status: "ready", checks: [:])
        for (name, state) in await runChecks() {
            report.checks[name] = state
            if state.status != "up" { report.status = "degraded" }
        }
        if isDraining.load(ordering: .relaxed) { report.status = "draining" }
        return Response(
            report.status == "ready" ? .ok : .serviceUnavailable, headers: ["cache-control": "no-store"],
            contentType: .json, body: .bytes(try JSONWriter().encode(report)))
    }

    private func runChecks() async -> [(String, ReadinessReport.Check)] {
        await withTaskGroup(of: (String, ReadinessReport.Check).self) { tasks in
            for check in checks { tasks.addTask { (check.name, await self.run(check)) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    private func run(_ check: ReadinessCheck) async -> ReadinessReport.Check {
        let started = Deadline.now
        let loop = EventLoop.current ?? loops.nextLoop()
        let isUp = await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask { (try? await check.run()) != nil }
            tasks.addTask {
                try? await loop.sleep(for: .seconds(2))
                return false
            }
            let first = await tasks.next() ?? false
            tasks.cancelAll()
            return first
        }
        let took = Deadline.now.duration(since: started)
        return .init(status: isUp ? "up" : "down", latencyMilliseconds: Double(took.clampedNanoseconds / 1000) / 1000)
    }
}

/// The answer of `/ready`.
struct ReadinessReport: Codable {
    struct Check: Codable {
        enum CodingKeys: String, CodingKey {
            case status
            case latencyMilliseconds = "latency_ms"
        }

        var status: String
        var latencyMilliseconds: Double
    }

    var status: String
    var checks: [String: Check]
}
