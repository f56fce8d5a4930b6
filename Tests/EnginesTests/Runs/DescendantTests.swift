import Engines
import Glibc
import Loop
import TestKit
import Testing

@Suite("What a program has started goes with it", .timeLimit(.minutes(2)))
struct DescendantTests {
    /// Children of every kind, each of which writes its number: in the group, in a session of its own, deaf to signals,
    /// and a daemon that was forked twice.
    static let family = """
        echo $PPID
        sleep 301 & echo $!
        setsid sleep 302 & echo $!
        (trap '' TERM HUP INT; exec sleep 303) & echo $!
        (setsid sh -c 'trap "" TERM HUP; echo $$; exec sleep 304' &)
        (setsid sh -c '(setsid sh -c "sleep 305 & echo \\$!; wait" &) ; echo $$; exec sleep 306' &)
        """
    static let familySize = 7

    /// The numbers that the family writes; the first is the guard's.
    static func pids(of run: EngineRun) async throws -> [pid_t] {
        var pids: [pid_t] = []
        let lines = run.standardOutput.makeAsyncIterator()
        while pids.count < familySize, let line = try await lines.next() { pids.append(try #require(pid_t(line.text))) }
        return pids
    }

    @Test("when it is cancelled")
    func cancelled() async throws {
        try await withEngine(EngineSettings(grace: .milliseconds(200))) { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("\(Self.family)\nwait; sleep 300"))
                let pids = try await Self.pids(of: run)
                #expect(pids.count == Self.familySize)
                #expect(pids.allSatisfy { isAlive($0) })
                run.cancel()
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
                #expect(pids.filter { isAlive($0) } == [])
            }
        }
    }

    @Test("when it ends by itself")
    func ended() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let script = "\(Self.family)\nwhile ! test -e go; do sleep 0.01; done; exit 5"
                let run = try await engine.start(workspace.shell(script))
                let pids = try await Self.pids(of: run)
                #expect(pids.allSatisfy { isAlive($0) })
                let began = Deadline.now
                close(open(workspace.path("go"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
                await #expect(throws: EngineError.exited(code: 5, tail: "")) { try await run.finish() }
                #expect(Deadline.now.duration(since: began) < .seconds(5))
                #expect(pids.filter { isAlive($0) } == [])
            }
        }
    }

    @Test("when it is killed, and while it forks without end")
    func bomb() async throws {
        try await withEngine(EngineSettings(grace: .milliseconds(100))) { engine in
            try await engine.withWorkspace { workspace in
                // Eight lines of processes that each replace themselves at once, in a session of their own.
                let script = """
                    import os, signal, sys, time
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    for line in range(8):
                        if os.fork() == 0:
                            os.setsid()
                            while True:
                                if os.fork() != 0: os._exit(0)
                    print("ready", flush=True)
                    time.sleep(300)
                    """
                let run = try await engine.start(workspace.python(script))
                let line = try await run.standardOutput.makeAsyncIterator().next()
                #expect(line?.text == "ready")
                run.cancel()
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
            }
        }
    }

    @Test("when its guard is killed")
    func guardKilled() async throws {
        try await withEngine { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("\(Self.family)\nwait; sleep 300"))
                let pids = try await Self.pids(of: run)
                #expect(pids.allSatisfy { isAlive($0) })
                kill(pids[0], SIGKILL)
                await #expect(throws: EngineError.lost) { try await run.finish() }
                #expect(pids.filter { isAlive($0) } == [])
            }
        }
    }

    @Test("when its guard does not come to its end")
    func guardStuck() async throws {
        let settings = EngineSettings(grace: .milliseconds(50), guardMargin: .milliseconds(200))
        try await withEngine(settings) { engine in
            try await engine.withWorkspace { workspace in
                let run = try await engine.start(workspace.shell("\(Self.family)\nwait; sleep 300"))
                let pids = try await Self.pids(of: run)
                kill(pids[0], SIGSTOP)
                run.cancel()
                await #expect(throws: EngineError.cancelled) { try await run.finish() }
                #expect(pids.filter { isAlive($0) } == [])
            }
        }
    }
}

@Suite("A service that is killed", .timeLimit(.minutes(2)))
struct KilledServiceTests {
    private func startHost(_ root: String, _ script: String) async throws -> (TestProcess, String, [pid_t]) {
        let host = try TestProcess(
            Executables.engineHost,
            [Executables.engineGuard, root, "/bin/sh", "-c", "\(script)\necho all; wait; sleep 300"])
        let words = try await host.read(until: "all").split(separator: "\n")
        let workspace = try #require(words.first { $0.hasPrefix("workspace ") }).dropFirst(10)
        return (host, String(workspace), words.compactMap { pid_t($0) })
    }

    @Test("leaves no process behind, and its workspace to the next")
    func killed() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let (host, workspace, pids) = try await startHost(root.path, "\(DescendantTests.family)\nsleep 0.2")
        #expect(pids.count == DescendantTests.familySize)
        #expect(pids.allSatisfy { isAlive($0) })
        host.signal(SIGKILL)
        let isGone = await eventually(within: .seconds(2)) { pids.allSatisfy { !isAlive($0) } }
        #expect(isGone)
        #expect(access(workspace, F_OK) == 0)

        let loops = try EventLoopGroup(count: 1)
        defer { loops.stop() }
        let settings = EngineSettings(guardPath: Executables.engineGuard, workspaces: root.path)
        _ = try await Engine.open(settings, loops: loops)
        #expect(access(workspace, F_OK) != 0)
        #expect(access(workspace + ".lock", F_OK) != 0)
    }

    @Test("together with its guard: the next start ends what is left")
    func killedWithGuard() async throws {
        let root = try ThrowAwayDirectory()
        defer { root.remove() }
        let (host, workspace, pids) = try await startHost(root.path, "\(DescendantTests.family)\nsleep 0.2")
        let other = try await startHost(root.path, "sleep 307 & echo $!")
        // First the service, so that it cannot see what happens to the guard.
        host.signal(SIGSTOP)
        kill(pids[0], SIGKILL)
        host.signal(SIGKILL)
        _ = try await host.finish()

        let loops = try EventLoopGroup(count: 1)
        defer { loops.stop() }
        let settings = EngineSettings(guardPath: Executables.engineGuard, workspaces: root.path)
        _ = try await Engine.open(settings, loops: loops)
        #expect(pids.filter { isAlive($0) } == [])
        #expect(access(workspace, F_OK) != 0)
        // A service that lives keeps what is its own.
        #expect(access(other.1, F_OK) == 0)
        #expect(other.2.allSatisfy { isAlive($0) })
        other.0.signal(SIGKILL)
        let isGone = await eventually(within: .seconds(2)) { other.2.allSatisfy { !isAlive($0) } }
        #expect(isGone)
    }
}
