import CLinux
import Glibc

/// How a child process ended.
public enum ChildExit: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
}

extension EventLoop {
    /// Suspends until the child `pid` has ended, and reaps it. The child must be the caller's own and not waited for
    /// elsewhere. By pidfd: no signal handler, no polling, no thread. Cancellation does not end the wait: whoever wants
    /// the child gone sends it a signal.
    public func waitForExit(of pid: pid_t) async throws(LoopError) -> ChildExit {
        let descriptor = clinux_pidfd_open(pid)
        guard descriptor >= 0 else { throw LoopError(operation: "pidfd_open", code: errno) }
        defer { close(descriptor) }
        let failure: LoopError? = await withUnsafeContinuation { continuation in
            execute {
                let watch = ChildWatch(continuation)
                do throws(LoopError) {
                    watch.token = try self.watch(descriptor, for: .readable, trigger: .level, by: watch)
                } catch {
                    continuation.resume(returning: error)
                }
            }
        }
        if let failure { throw failure }
        var code: Int32 = 0
        switch clinux_pidfd_wait(descriptor, &code) {
        case 1: return .exited(code)
        case 2: return .signalled(code)
        default: throw LoopError(operation: "waitid", code: errno)
        }
    }
}

private final class ChildWatch: Pollable {
    var token: WatchToken?
    private let continuation: UnsafeContinuation<LoopError?, Never>

    init(_ continuation: UnsafeContinuation<LoopError?, Never>) {
        self.continuation = continuation
    }

    func ready(_ readiness: Readiness) {
        if let token { EventLoop.current?.unwatch(token) }
        continuation.resume(returning: nil)
    }
}
