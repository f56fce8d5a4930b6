import Glibc
import Loop
import TestKit
import Testing

@Suite("Waiting for a child process", .timeLimit(.minutes(1)))
struct ChildProcessTests {
    private struct NotStarted: Error {}

    private func start(_ script: String) throws -> pid_t {
        let words: [String] = ["/bin/sh", "-c", script]
        let argv = words.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        // The threads that run tests block signals; the child must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid = pid_t()
        guard posix_spawn(&pid, "/bin/sh", nil, &attributes, argv, nil) == 0 else { throw NotStarted() }
        return pid
    }

    @Test("answers its exit status", arguments: [0, 1, 7, 255] as [Int32])
    func status(code: Int32) async throws {
        try await withLoop { loop in
            let exit = try await loop.waitForExit(of: start("exit \(code)"))
            #expect(exit == .exited(code))
        }
    }

    @Test("answers the signal that ended it", arguments: [SIGKILL, SIGTERM, SIGUSR1])
    func signal(number: Int32) async throws {
        try await withLoop { loop in
            let exit = try await loop.waitForExit(of: start("kill -\(number) $$; sleep 60"))
            #expect(exit == .signalled(number))
        }
    }

    @Test("works for many at once, from the loop and from elsewhere")
    func many() async throws {
        try await withLoop { loop in
            let exits = try await withThrowingTaskGroup(of: (Int32, ChildExit).self) { tasks in
                for code in Int32(0)..<50 {
                    let pid = try start("exit \(code)")
                    tasks.addTask(executorPreference: code % 2 == 0 ? loop : nil) {
                        (code, try await loop.waitForExit(of: pid))
                    }
                }
                return try await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(exits == Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, .exited($0)) }))
            let left = try await loop.run { loop.watchCount }
            #expect(left == 0)
        }
    }

    @Test("finds one that ended before")
    func endedBefore() async throws {
        try await withLoop { loop in
            let pid = try start("exit 3")
            let hasEnded = await eventually {
                var info = siginfo_t()
                return waitid(P_PID, id_t(pid), &info, Int32(WEXITED | WNOHANG | WNOWAIT)) == 0 && info.si_signo != 0
            }
            #expect(hasEnded)
            let exit = try await loop.waitForExit(of: pid)
            #expect(exit == .exited(3))
        }
    }

    @Test("goes on when its task is cancelled, until the child has been reaped")
    func cancelled() async throws {
        try await withLoop { loop in
            let pid = try start("exec sleep 60")
            let waiting = Task { try await loop.waitForExit(of: pid) }
            let isWatched = try await eventually { try await loop.run { loop.watchCount == 1 } }
            #expect(isWatched)
            waiting.cancel()
            // The cancellation has come and gone by the time the loop has done this.
            let isStillWatched = try await loop.run { loop.watchCount == 1 }
            #expect(isStillWatched)
            kill(pid, SIGTERM)
            let exit = try await waiting.value
            #expect(exit == .signalled(SIGTERM))
            #expect(kill(pid, 0) == -1)
        }
    }

    @Test("of nobody is an error")
    func nobody() async throws {
        try await withLoop { loop in
            let pid = try start("exit 0")
            _ = try await loop.waitForExit(of: pid)
            let error = await #expect(throws: LoopError.self) { try await loop.waitForExit(of: pid) }
            #expect(error?.code == ESRCH)
        }
    }
}
