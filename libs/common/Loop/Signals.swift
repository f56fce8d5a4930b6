import CLinux
import Glibc

/// Signals as an asynchronous sequence, read from a descriptor on a loop.
///
/// `block` must run before any other thread starts, so that the signals reach nobody else.
public struct Signals: Sendable {
    public static func block(_ signals: [Int32]) {
        var set = signalSet(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Writing to a closed connection must answer EPIPE, not end the process.
    public static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    public static func stream(_ signals: [Int32], on loop: EventLoop) -> AsyncStream<Int32> {
        AsyncStream { continuation in
            loop.execute {
                let descriptor = clinux_signalfd(signals.reduce(0) { $0 | 1 << UInt64($1 - 1) })
                guard descriptor >= 0 else { return continuation.finish() }
                let watch = SignalWatch(descriptor, continuation)
                guard let token = try? loop.watch(descriptor, for: .readable, trigger: .level, by: watch) else {
                    close(descriptor)
                    return continuation.finish()
                }
                continuation.onTermination = { _ in
                    loop.execute {
                        loop.unwatch(token)
                        close(descriptor)
                    }
                }
            }
        }
    }

    private static func signalSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}

private final class SignalWatch: Pollable {
    private let descriptor: Int32
    private let continuation: AsyncStream<Int32>.Continuation

    init(_ descriptor: Int32, _ continuation: AsyncStream<Int32>.Continuation) {
        self.descriptor = descriptor
        self.continuation = continuation
    }

    func ready(_ readiness: Readiness) {
        while true {
            let signal = clinux_signalfd_next(descriptor)
            guard signal != 0 else { return }
            continuation.yield(signal)
        }
    }
}
