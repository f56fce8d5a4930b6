import Engines
import Foundation
import Glibc
import Loop
import TestKit
import Testing

@Suite("How a run ends", .timeLimit(.minutes(2)))
struct EndingTests {
    @Test("well, with what it took")
    func well() async throws {
        let (_, end) = try await runOnce {
            $0.shell("echo ready >&2; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
        }
        #expect(end.tail == "ready")
        #expect(end.duration > .zero && end.duration < .seconds(60))
        #expect(end.cpuTime > .zero && end.cpuTime <= end.duration)
        #expect(end.peakMemoryBytes > 100 << 10)
    }

    @Test("with a status, and the last lines of standard error", arguments: [1, 7, 255] as [Int32])
    func status(code: Int32) async throws {
        let error = try await failure {
            $0.shell("for i in 1 2 3 4 5; do echo line $i >&2; done; exit \(code)", limits: EngineLimits(tailLines: 2))
        }
        #expect(error == .exited(code: code, tail: "line 4\nline 5"))
    }

    @Test("by a signal", arguments: [SIGKILL, SIGTERM, SIGSEGV, SIGABRT])
    func signal(number: Int32) async throws {
        let error = try await failure { $0.shell("echo going >&2; kill -\(number) $$; sleep 60") }
        #expect(error == .signalled(number, tail: "going"))
    }

    @Test("before it began: no such program", arguments: ["no-such-program", "/no/such/program", "./none", ""])
    func missing(program: String) async throws {
        let error = try await failure { EngineCommand(program, workspace: $0) }
        #expect(error == .couldNotStart(.programNotFound(program)))
    }

    @Test("before it began: a file that is no program")
    func notExecutable() async throws {
        let plain = try await failure { EngineCommand("/etc/passwd", workspace: $0) }
        #expect(plain == .couldNotStart(.notExecutable("/etc/passwd")))
        let folder = try await failure { EngineCommand("/usr/bin", workspace: $0) }
        #expect(folder == .couldNotStart(.notExecutable("/usr/bin")))
        // Never handed to a shell.
        let noFormat = try await failure { workspace in
            let path = workspace.path("text")
            _ = FileManager.default.createFile(
                atPath: path, contents: Data("echo run by a shell\n".utf8), attributes: [.posixPermissions: 0o700])
            return EngineCommand(path, workspace: workspace)
        }
        #expect(noFormat == .couldNotStart(.system(operation: "execve", code: ENOEXEC)))
    }

    @Test("before it began: the guard is missing")
    func noGuard() async throws {
        let error = await #expect(throws: EngineError.self) {
            try await withEngine(EngineSettings(guardPath: "/no/engine-guard")) { _ in }
        }
        #expect(error == .couldNotStart(.noGuard("/no/engine-guard")))
    }

    @Test("before it began: as many run as may")
    func tooMany() async throws {
        try await withEngine(EngineSettings(maximumRunning: 1)) { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("sleep 300"))
                #expect(engine.running == 1)
                let error = await #expect(throws: EngineError.self) {
                    try await engine.start(workspace.shell("true"))
                }
                #expect(error == .couldNotStart(.tooManyRunning(limit: 1)))
                run.cancel()
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
                try await engine.run(workspace.shell("true"))
            }
            #expect(engine.running == 0)
        }
    }

    @Test("when its time is over")
    func timeOut() async throws {
        let limit = Duration.milliseconds(200)
        let error = try await failure { $0.shell("echo slow >&2; sleep 300", limits: EngineLimits(wallTime: limit)) }
        #expect(error == .timedOut(after: limit, tail: "slow"))
    }

    @Test("by SIGTERM when it is cancelled, so that it can tidy up")
    func gentleCancel() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let script = "trap 'echo tidy; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
                let run = try await engine.start(workspace.shell(script))
                let lines = run.standardOutput.makeAsyncIterator()
                let ready = try await lines.next()
                #expect(ready?.text == "ready")
                run.cancel()
                let tidy = try await lines.next()
                #expect(tidy?.text == "tidy")
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
            }
        }
    }

    @Test("by SIGKILL when it does not listen")
    func hardCancel() async throws {
        try await withEngine(EngineSettings(grace: .milliseconds(300))) { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(
                    workspace.shell("trap '' TERM INT HUP; echo ready; while :; do sleep 1; done"))
                for try await line in run.standardOutput {
                    #expect(line.text == "ready")
                    break
                }
                let began = Deadline.now
                run.cancel()
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
                let took = Deadline.now.duration(since: began)
                #expect(took >= .milliseconds(300) && took < .seconds(5))
            }
        }
    }

    @Test("a stopped program hears SIGTERM too")
    func stopped() async throws {
        try await withEngine(EngineSettings(grace: .seconds(30))) { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("echo $$; kill -STOP $$; sleep 300"))
                let line = try await run.standardOutput.makeAsyncIterator().next()
                let pid = try #require(line.flatMap { pid_t($0.text) })
                let isStopped = try await eventually {
                    try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).contains(" T ")
                }
                #expect(isStopped)
                run.cancel()
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
            }
        }
    }

    @Test("50 at once, each with its own")
    func many() async throws {
        try await withEngine { engine in
            let results = try await withThrowingTaskGroup(of: (Int, [String], EngineError?).self) { tasks in
                for number in 0..<50 {
                    tasks.addTask {
                        try await engine.withWorkspace { workspace in
                            var lines: [String] = []
                            do {
                                try await engine.run(
                                    workspace.shell(
                                        "for i in 1 2 3; do echo \(number)-$i; done; echo \(number) >&2; exit \(number)"
                                    )
                                ) { lines.append($0.text) }
                                return (number, lines, nil)
                            } catch let error as EngineError {
                                return (number, lines, error)
                            }
                        }
                    }
                }
                return try await tasks.reduce(into: [:]) { $0[$1.0] = ($1.1, $1.2) }
            }
            #expect(results.count == 50)
            for (number, (lines, error)) in results {
                #expect(lines == (1...3).map { "\(number)-\($0)" })
                #expect(error == (number == 0 ? nil : .exited(code: Int32(number), tail: "\(number)")))
            }
            #expect(engine.running == 0)
        }
    }
}
