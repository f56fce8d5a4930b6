import Glibc
import Loop

/// A program that a test runs: its output, its exit, and its end when the test is over.
public final class TestProcess: Sendable {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    public let pid: pid_t
    private let output: Int32
    private let hasEnded = Locked<Int32?>(nil)
    private static let waiting = BlockingPool(maximumThreads: 64)

    /// Starts a program with a clean environment; standard output and error are read together.
    public init(_ path: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed(description: "pipe: \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A test's threads may block signals; the program must not inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // Nor what the tests were started to ignore.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        var complete = environment
        // With what a sanitizer is to overlook, in programs that are built with one.
        for name in ["PATH", "TSAN_OPTIONS", "ASAN_OPTIONS"] where complete[name] == nil {
            complete[name] = getenv(name).map { String(cString: $0) }
        }
        let envp = complete.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var child = pid_t()
        let result = posix_spawnp(&child, path, &actions, &attributes, argv, envp)
        close(ends[1])
        guard result == 0 else {
            close(ends[0])
            throw Failed(description: "cannot start \(path): \(result)")
        }
        pid = child
        output = ends[0]
    }

    deinit {
        if hasEnded.withLock({ $0 }) == nil {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        close(output)
    }

    public func signal(_ number: Int32) {
        if hasEnded.withLock({ $0 }) == nil { kill(pid, number) }
    }

    /// What the program has written by the time the text is seen in it, or it closed its output.
    public func read(until text: String, within seconds: Int = 30) async throws -> String {
        let output = output
        return try await Self.waiting.run {
            var collected: [UInt8] = []
            let deadline = Deadline.after(.seconds(seconds))
            while collected.firstRange(of: Array(text.utf8)) == nil {
                var poll = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
                guard Glibc.poll(&poll, 1, 100) > 0 else {
                    if Deadline.now > deadline {
                        throw Failed(description: "'\(text)' was not written within \(seconds) s")
                    }
                    continue
                }
                var block = [UInt8](repeating: 0, count: 65536)
                let count = Glibc.read(output, &block, block.count)
                guard count > 0 else { break }
                collected += block[..<count]
            }
            return String(decoding: collected, as: UTF8.self)
        }
    }

    /// Everything the program still writes, and its exit status; 128 and the signal's number for a signal.
    public func finish(within seconds: Int = 60) async throws -> (output: String, status: Int32) {
        let text = try await read(until: "\u{0}never written\u{0}", within: seconds)
        let pid = pid
        let status = try await Self.waiting.run {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status
        }
        let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
        hasEnded.withLock { $0 = code }
        return (text, code)
    }

    /// Runs a program to its end.
    public static func run(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> (output: String, status: Int32) {
        try await TestProcess(path, arguments, environment: environment).finish()
    }
}
