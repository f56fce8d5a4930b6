import Foundation
import Glibc
import Loop
import TestKit

/// A server in a process of its own that says in its output when it answers.
///
/// The output goes to a file, since nobody reads a pipe for as long as the tests run.
final class LoggedServer: Sendable {
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    let directory: ThrowAwayDirectory
    private let process: TestProcess
    private let log: String

    /// `arguments` is told a folder of the server's own.
    init(_ path: String, _ arguments: (String) -> [String]) throws {
        directory = try ThrowAwayDirectory(prefix: "pentad-server")
        log = directory.path + "/log"
        process = try TestProcess(
            "/bin/sh", ["-c", #"exec "$@" >"$0" 2>&1"#, log, path] + arguments(directory.path))
    }

    /// The port that follows `mark` in the output, once `ready` is in it too.
    func port(after mark: String, ready: String, within seconds: Int) async throws -> UInt16 {
        let deadline = Deadline.after(.seconds(seconds))
        while true {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if text.contains(ready) {
                let digits = text.split(separator: mark, maxSplits: 1).last?.prefix { $0.isNumber }
                if let port = digits.flatMap({ UInt16($0) }) { return port }
            }
            guard !hasEnded else { throw NotReady(description: "it ended: \(text.suffix(500))") }
            guard Deadline.now < deadline else {
                throw NotReady(description: "not ready within \(seconds) s: \(text.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Asked without taking its status, which is the process's own to wait for.
    private var hasEnded: Bool {
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(process.pid), &info, WEXITED | WNOHANG | WNOWAIT)
        return result != 0 || info.si_signo == SIGCHLD
    }

    func stop() {
        process.signal(SIGKILL)
        directory.remove()
    }
}
