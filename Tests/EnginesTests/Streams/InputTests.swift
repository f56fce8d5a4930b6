import Engines
import Glibc
import Loop
import Testing

@Suite("Writing to a program", .timeLimit(.minutes(2)))
struct InputTests {
    @Test("that is given nothing finds an empty input")
    func none() async throws {
        let (lines, _) = try await runOnce { $0.shell("cat; readlink /proc/self/fd/0") }
        #expect(lines.map(\.text) == ["/dev/null"])
    }

    @Test("that reads: everything arrives, however slowly it is read")
    func echo() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(EngineCommand("cat", workspace: workspace, input: .pipe))
                let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                async let writing: Void = {
                    try await run.standardInput.write(bytes)
                    run.standardInput.close()
                }()
                var echoed: [UInt8] = []
                let output = run.standardOutput.makeAsyncIterator()
                while let block = try await output.nextBlock() { echoed += block }
                try await writing
                #expect(echoed == bytes)
                try await run.finish()
            }
        }
    }

    @Test("a line from one task is never torn by another's")
    func manyWriters() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(EngineCommand("cat", workspace: workspace, input: .pipe))
                let writing = Task {
                    try await withThrowingTaskGroup { tasks in
                        for number in 0..<10 {
                            tasks.addTask {
                                for _ in 0..<10 {
                                    let line = String(repeating: "\(number)", count: 20_000)
                                    try await run.standardInput.write(line: line)
                                }
                            }
                        }
                        try await tasks.waitForAll()
                    }
                    run.standardInput.close()
                }
                var counts: [Set<UInt8>: Int] = [:]
                for try await line in run.standardOutput {
                    #expect(line.bytes.count == 20_000)
                    counts[Set(line.bytes), default: 0] += 1
                }
                try await writing.value
                #expect(counts.count == 10 && counts.allSatisfy { $0.key.count == 1 && $0.value == 10 })
                try await run.finish()
            }
        }
    }

    @Test("that has closed its input, or ended, is told and ends nobody", arguments: ["exec <&-; sleep 300", "exit 0"])
    func closedByProgram(script: String) async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(
                    EngineCommand("/bin/sh", ["-c", script], workspace: workspace, input: .pipe))
                let block = [UInt8](repeating: 0x78, count: 1 << 20)
                let error = await #expect(throws: EngineError.self) {
                    while true { try await run.standardInput.write(block) }
                }
                #expect(error == .inputClosed)
                run.cancel()
            }
        }
    }

    @Test("that does not read: a cancelled writer stops waiting")
    func cancelled() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(
                    EngineCommand("sleep", ["300"], workspace: workspace, input: .pipe))
                let writer = Task { try await run.standardInput.write([UInt8](repeating: 0, count: 1 << 20)) }
                writer.cancel()
                let error = await #expect(throws: EngineError.self) { try await writer.value }
                #expect(error == .cancelled)
                run.cancel()
            }
        }
    }

    @Test("after the input was closed is refused")
    func closedByUs() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(EngineCommand("cat", workspace: workspace, input: .pipe))
                try await run.standardInput.write(line: "one")
                run.standardInput.close()
                run.standardInput.close()
                await #expect(throws: EngineError.inputClosed) { try await run.standardInput.write(line: "two") }
                var lines: [String] = []
                for try await line in run.standardOutput { lines.append(line.text) }
                #expect(lines == ["one"])
                try await run.finish()
            }
        }
    }
}
