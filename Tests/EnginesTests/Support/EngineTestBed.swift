import Engines
import Foundation
import Glibc
import Loop
import TestKit

/// An engine with loops and a folder of its own; all is gone afterwards.
func withEngine<Result>(
    _ settings: EngineSettings = EngineSettings(), body: (Engine) async throws -> Result
) async throws -> Result {
    let root = try ThrowAwayDirectory(prefix: "pentad-engines")
    defer { root.remove() }
    let loops = try EventLoopGroup(count: 2, name: "engine-test")
    defer { loops.stop() }
    var settings = settings
    settings.guardPath = settings.guardPath ?? Executables.engineGuard
    settings.workspaces = "\(root.path)/workspaces"
    let engine = try await Engine.open(settings, loops: loops)
    let result = try await body(engine)
    // The folder is empty again, whatever the test did.
    let left = (try? FileManager.default.contentsOfDirectory(atPath: settings.workspaces)) ?? []
    guard left.isEmpty else { throw LeftBehind(names: left) }
    return result
}

struct LeftBehind: Error {
    let names: [String]
}

/// Runs one command in a workspace to its end.
@discardableResult
func runOnce(
    _ settings: EngineSettings = EngineSettings(), _ command: (EngineWorkspace) -> EngineCommand
) async throws -> (lines: [EngineLine], end: EngineEnd) {
    try await withEngine(settings) { engine in
        try await engine.withWorkspace { workspace in
            var lines: [EngineLine] = []
            let end = try await engine.run(command(workspace)) { lines.append($0) }
            return (lines, end)
        }
    }
}

/// The error that a run ends with, which must be one of the module's.
func failure(
    _ settings: EngineSettings = EngineSettings(), _ command: (EngineWorkspace) -> EngineCommand
) async throws -> EngineError? {
    do {
        try await runOnce(settings, command)
        return nil
    } catch let error as EngineError {
        return error
    }
}

extension EngineWorkspace {
    func shell(_ script: String, limits: EngineLimits? = nil) -> EngineCommand {
        EngineCommand("/bin/sh", ["-c", script], workspace: self, limits: limits)
    }

    func python(_ script: String, limits: EngineLimits? = nil) -> EngineCommand {
        EngineCommand(Executables.python, ["-c", script], workspace: self, limits: limits)
    }
}

enum Executables {
    static let engineGuard = BuiltPrograms.path("engine-guard")
    static let engineHost = BuiltPrograms.path("engine-host")

    /// Not one that is a script and asks its home for the real one.
    static let python: String = {
        let given = TestPython.path.map { [$0] } ?? []
        let candidates = given + ["/usr/bin/python3", "/usr/local/bin/python3"]
        return candidates.first { access($0, X_OK) == 0 } ?? "python3"
    }()
}

/// Whether a process runs; one that has ended and waits for its parent does not.
func isAlive(_ pid: pid_t) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
    else { return false }
    let state = stat[end...].dropFirst(2).first
    return state != "Z" && state != "X"
}

func residentBytes() -> Int {
    let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
}
