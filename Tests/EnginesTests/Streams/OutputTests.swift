import Engines
import Foundation
import Glibc
import Loop
import TestKit
import Testing

@Suite("Reading what a program writes", .timeLimit(.minutes(2)))
struct OutputTests {
    @Test("half lines come when they are whole, and a last one without its end")
    func halfLines() async throws {
        let (lines, _) = try await runOnce {
            $0.shell("printf 'ha'; sleep 0.05; printf 'lf\\nno'; sleep 0.05; printf ' end'")
        }
        #expect(lines.map(\.text) == ["half", "no end"])
        #expect(lines.map(\.isTerminated) == [true, false])
    }

    @Test("bytes that are no text pass as they are")
    func bytes() async throws {
        let (lines, _) = try await runOnce { $0.shell("printf 'a\\000b\\377\\n\\303\\n'") }
        #expect(lines.map(\.bytes) == [[0x61, 0, 0x62, 0xff], [0xc3]])
    }

    @Test("overlong lines are cut and marked")
    func overlong() async throws {
        let limits = EngineLimits(lineBytes: 100)
        let (lines, _) = try await runOnce {
            $0.shell("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo short", limits: limits)
        }
        #expect(lines.map(\.bytes.count) == [100, 5])
        #expect(lines.map(\.isCut) == [true, false])
    }

    @Test("progress bars make lines where they are asked to")
    func carriageReturns() async throws {
        let (lines, _) = try await runOnce { workspace in
            EngineCommand(
                "printf", ["10%%\\r50%%\\r100%%\\ndone\\r\\n"], workspace: workspace, splitsAtReturn: true)
        }
        #expect(lines.map(\.text) == ["10%", "50%", "100%", "done"])
    }

    @Test("a flood waits at its pipe while nobody reads, and comes whole")
    func flood() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let total = 32 << 20
                let script = "echo $$; exec head -c \(total) /dev/zero"
                let run = try await engine.start(
                    EngineCommand("/bin/sh", ["-c", script], workspace: workspace))
                let output = run.standardOutput.makeAsyncIterator()
                let first = try await output.next()
                let pid = try #require(first.flatMap { pid_t($0.text) })
                let written = {
                    let io = try String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8)
                    return io.split(separator: "\n").first { $0.hasPrefix("wchar") }
                        .flatMap { Int($0.split(separator: " ")[1]) } ?? 0
                }
                // It has filled the pipe and stands still.
                var last = -1
                let stands = try await eventually {
                    let now = try written()
                    defer { last = now }
                    try await Task.sleep(for: .milliseconds(50))
                    return now > 32 << 10 && now == last
                }
                #expect(stands)
                #expect(try written() < 512 << 10)
                let before = residentBytes()
                var count = 0
                while let block = try await output.nextBlock() { count += block.count }
                #expect(count == total)
                #expect(residentBytes() - before < (8 << 20) + Sanitizers.heldMemory)
                try await run.finish()
            }
        }
    }

    @Test("a flood that nobody reads does not hold up the end, and the last errors are kept")
    func unread() async throws {
        let (_, end) = try await runOnce { workspace in
            workspace.shell("head -c 300000 /dev/zero | tr '\\0' '\\n' >&2; echo last >&2")
        }
        #expect(end.tail.hasSuffix("last"))
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("head -c 3000000 /dev/zero; echo no >&2; exit 4"))
                await #expect(throws: EngineError.exited(code: 4, tail: "no")) { try await run.finish() }
            }
        }
    }

    @Test("standard error comes as lines where it is wanted")
    func errorLines() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(
                    EngineCommand(
                        "/bin/sh", ["-c", "echo one >&2; echo out; echo two >&2; exit 3"], workspace: workspace,
                        errorOutput: .lines))
                async let output = run.standardOutput.reduce(into: []) { $0.append($1.text) }
                var errors: [String] = []
                for try await line in run.standardError { errors.append(line.text) }
                #expect(errors == ["one", "two"])
                let written = try await output
                #expect(written == ["out"])
                await #expect(throws: EngineError.exited(code: 3, tail: "one\ntwo")) { try await run.finish() }
            }
        }
    }

    @Test("a program may close its output and go on")
    func closed() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(
                    workspace.shell("echo last; exec >&- 2>&-; while ! test -e go; do sleep 0.01; done; exit 6"))
                var lines: [String] = []
                for try await line in run.standardOutput { lines.append(line.text) }
                #expect(lines == ["last"])
                #expect(engine.running == 1)
                _ = FileManager.default.createFile(atPath: workspace.path("go"), contents: nil)
                await #expect(throws: EngineError.exited(code: 6, tail: "")) { try await run.finish() }
            }
        }
    }

    @Test("the end may be awaited while another task reads")
    func together() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("for i in 1 2 3; do echo $i; sleep 0.02; done"))
                let lines = run.standardOutput.makeAsyncIterator()
                async let end = run.finish()
                var found: [String] = []
                while let line = try await lines.next() { found.append(line.text) }
                #expect(found == ["1", "2", "3"])
                _ = try await end
            }
        }
    }
}
