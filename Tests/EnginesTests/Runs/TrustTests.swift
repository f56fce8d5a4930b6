import Foundation
import TestKit
import Testing

@Suite("A program of the service's own user", .timeLimit(.minutes(2)))
struct TrustTests {
    /// A service's host and its guard, without root's rights.
    private func startHost(_ root: ThrowAwayDirectory, _ script: String) async throws -> TestProcess {
        let programs = [Executables.engineHost, Executables.engineGuard]
        let copies = try await OrdinaryUser.own(root, programs: programs)
        let words = [copies[1], "\(root.path)/workspaces", "/bin/sh", "-c", script]
        return try OrdinaryUser.start(copies[0], words, environment: ["PENTAD_TEST_SECRET": "must not leak"])
    }

    @Test("cannot read the service's environment, memory or descriptors, nor its guard's")
    func secrets() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let script = """
            id -u
            service=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$PPID/status)
            for pid in $service $PPID; do
                tr '\\0' '\\n' 2>/dev/null < /proc/$pid/environ
                (head -c 1 < /proc/$pid/mem) 2>&1 | grep -c denied
                ls /proc/$pid/fd 2>/dev/null
            done
            echo end
            """
        let (output, status) = try await startHost(root, script).finish()
        let lines = output.split(separator: "\n").dropFirst()
        #expect(Array(lines) == ["\(OrdinaryUser.id)", "1", "1", "end"])
        #expect(status == 0)
    }

    @Test("cannot tell of its own end in its guard's place")
    func forgery() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let (output, status) = try await startHost(root, "(echo exited 0 0 0 > /proc/$PPID/fd/4); exit 3").finish()
        #expect(output.contains("failed: ") && output.contains("3"))
        #expect(status == 1)
    }

    @Test("goes before its guard when memory runs out")
    func memoryScore() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let script = "cat /proc/$$/oom_score_adj /proc/$PPID/oom_score_adj"
        let (output, _) = try await startHost(root, script).finish()
        let own = try String(contentsOfFile: "/proc/self/oom_score_adj", encoding: .utf8).dropLast()
        let expected = [String(max(500, Int(own) ?? 0)), String(own)]
        #expect(output.split(separator: "\n").dropFirst().map(String.init) == expected)
    }
}
