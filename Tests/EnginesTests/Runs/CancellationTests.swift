import Engines
import Glibc
import Loop
import TestKit
import Testing

@Suite("A task that is cancelled", .timeLimit(.minutes(2)))
struct CancellationTests {
    @Test("before the start starts nothing")
    func before() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await engine.run(workspace.shell("sleep 300"))
                }
                let error = await #expect(throws: EngineError.self) { try await task.value }
                #expect(error == .cancelled)
            }
            #expect(engine.running == 0)
        }
    }

    @Test("at any moment of a start leaves nothing", arguments: 0..<40)
    func during(moment: Int) async throws {
        try await withEngine { engine in
            let task = Task {
                try await engine.withWorkspace { workspace in
                    try await engine.run(workspace.shell("sleep 300"))
                }
            }
            let deadline = Deadline.after(.microseconds(moment * 150))
            while Deadline.now < deadline { await Task.yield() }
            task.cancel()
            let result = await task.result
            let error = #expect(throws: EngineError.self) { try result.get() }
            #expect(error == .cancelled)
            #expect(engine.running == 0)
        }
    }

    @Test("while it reads output, or waits for the end, ends the program", arguments: [true, false])
    func running(reads: Bool) async throws {
        try await withEngine { engine in
            let pids = AsyncStream<pid_t>.makeStream()
            let task = Task {
                try await engine.withWorkspace { workspace in
                    let run = try await engine.start(workspace.shell("echo $$; exec sleep 300"))
                    for try await line in run.standardOutput {
                        pids.continuation.yield(pid_t(line.text) ?? 0)
                        if !reads { break }
                    }
                    try await run.finish()
                }
            }
            var iterator = pids.stream.makeAsyncIterator()
            let pid = try #require(await iterator.next())
            #expect(isAlive(pid))
            task.cancel()
            let error = await #expect(throws: (any Error).self) { try await task.value }
            #expect(reads ? error is CancellationError : error as? EngineError == .cancelled)
            #expect(!isAlive(pid))
            #expect(engine.running == 0)
        }
    }

    @Test("after the end changes nothing")
    func after() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("exit 0"))
                let first = try await run.finish()
                run.cancel()
                let second = try await run.finish()
                #expect(first == second)
            }
        }
    }

    @Test("that drops its run ends the program")
    func dropped() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                func startAndForget() async throws -> pid_t? {
                    let run = try await engine.start(workspace.shell("echo $$; exec sleep 300"))
                    return try await run.standardOutput.makeAsyncIterator().next().flatMap { pid_t($0.text) }
                }
                let pid = try #require(try await startAndForget())
                let isGone = await eventually { !isAlive(pid) && engine.running == 0 }
                #expect(isGone)
            }
        }
    }

    @Test("that holds nothing but the output keeps the program going")
    func holdsOutput() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                func output() async throws -> EngineOutput {
                    try await engine.start(workspace.shell("echo one; sleep 0.2; echo two")).standardOutput
                }
                var lines: [String] = []
                for try await line in try await output() { lines.append(line.text) }
                #expect(lines == ["one", "two"])
            }
        }
    }

    @Test("that leaves a workspace ends what runs there")
    func leftWorkspace() async throws {
        try await withEngine { engine in
            let run = try await engine.withWorkspace { workspace in
                try await engine.start(workspace.shell("trap '' TERM; sleep 300"))
            }
            #expect(engine.running == 0)
            let error = await #expect(throws: EngineError.self) { try await run.finish() }
            #expect(error == .cancelled)
        }
    }
}
