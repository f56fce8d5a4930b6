import Glibc
import Loop

/// A pipe, or two connected sockets, closed when it goes.
final class DescriptorPair: Sendable {
    enum Kind { case pipe, sockets }

    /// The reading end.
    let near: Int32
    /// The writing end.
    let far: Int32

    init(_ kind: Kind = .pipe) {
        var ends: [Int32] = [-1, -1]
        switch kind {
        case .pipe:
            _ = pipe(&ends)
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
        case .sockets:
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            socketpair(AF_UNIX, type, 0, &ends)
        }
        near = ends[0]
        far = ends[1]
    }

    deinit {
        close(near)
        close(far)
    }

    func feed(_ count: Int = 1) {
        let bytes = [UInt8](repeating: 7, count: count)
        _ = write(far, bytes, count)
    }

    /// How many bytes there were.
    @discardableResult
    func drain() -> Int {
        var bytes = [UInt8](repeating: 0, count: 4096)
        return max(0, read(near, &bytes, bytes.count))
    }
}

/// A watcher that calls a closure and counts.
final class Probe: Pollable {
    private(set) var calls: [Readiness] = []
    var onReady: ((Readiness) -> Void)?
    var onEnd: (() -> Void)?

    init(_ onReady: ((Readiness) -> Void)? = nil) {
        self.onReady = onReady
    }

    deinit {
        onEnd?()
    }

    func ready(_ readiness: Readiness) {
        calls.append(readiness)
        onReady?(readiness)
    }
}

extension EventLoop {
    /// Lets some turns pass: whatever is ready by now has been told of.
    func pass(_ turns: Int = 4) async {
        for _ in 0..<turns { await yield() }
    }
}
