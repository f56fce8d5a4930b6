import Engines
import Loop

/// From the start of `/bin/true` to its end, through the guard, one after the other: microseconds, a line each.
@Sendable
func measureEngineStart(_ arguments: [String]) async throws {
    let loops = try EventLoopGroup(count: 1)
    try await loops.loops[0].run { try await runTrue(300, loops) }
}

private func runTrue(_ count: Int, _ loops: EventLoopGroup) async throws {
    let engine = try await Engine.open(EngineSettings(), loops: loops)
    try await engine.withWorkspace { workspace in
        for _ in 0..<count {
            let began = Deadline.now
            try await engine.run(EngineCommand("/bin/true", workspace: workspace))
            print(Deadline.now.duration(since: began) / Duration.microseconds(1))
        }
    }
}
