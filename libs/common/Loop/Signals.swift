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

    /// Whether the process was started with the signal ignored, or ignores it by now.
    public static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    public static func stream(_ signals: [Int32], on loop: EventLoop) -> AsyncStream<Int32> {
        AsyncStream { continuation in
            let watch = SignalWatch(continuation)
            // Set before the watch begins: a stream that is dropped at once ends it all the same.
            continuation.onTermination = { _ in loop.execute { watch.end(on: loop) } }
            loop.execute { watch.begin(signals, on: loop) }
        }
    }

    private static func signalSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}

/// Unchecked because everything that changes is touched on the loop's thread only.
private final class SignalWatch: Pollable, @unchecked Sendable {
    private let continuation: AsyncStream<Int32>.Continuation
    private var descriptor: Int32 = -1
    private var token: WatchToken?

    init(_ continuation: AsyncStream<Int32>.Continuation) {
        self.continuation = continuation
    }

    func begin(_ signals: [Int32], on loop: EventLoop) {
        descriptor = clinux_signalfd(signals.reduce(0) { $0 | 1 << UInt64($1 - 1) })
        guard descriptor >= 0 else { return continuation.finish() }
        token = try? loop.watch(descriptor, for: .readable, trigger: .level, by: self)
        if token == nil { continuation.finish() }
    }

    func end(on loop: EventLoop) {
        if let token { loop.unwatch(token) }
        token = nil
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    func ready(_ readiness: Readiness) {
        while true {
            let signal = clinux_signalfd_next(descriptor)
            guard signal != 0 else { return }
            continuation.yield(signal)
        }
    }
}
