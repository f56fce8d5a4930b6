import CLinux
import Glibc
import Loop

/// A listening socket. Connections go to the loops in turn, so that every core gets its share.
final class Listener: Pollable {
    private static let acceptedPerTurn = 64

    private let descriptor: Int32
    private let loop: EventLoop
    private let onAccept: (Int32, PeerAddress) -> Void
    private var token: WatchToken?
    private var pause: EventLoop.TimerHandle?

    init(descriptor: Int32, loop: EventLoop, onAccept: @escaping (Int32, PeerAddress) -> Void) throws(LoopError) {
        self.descriptor = descriptor
        self.loop = loop
        self.onAccept = onAccept
        try watch()
    }

    private func watch() throws(LoopError) {
        token = try loop.watch(descriptor, for: .readable, trigger: .level, by: self)
    }

    func ready(_ readiness: Readiness) {
        accept(upTo: Self.acceptedPerTurn)
    }

    private func accept(upTo maximum: Int) {
        for _ in 0..<maximum {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    clinux_accept(descriptor, $0, &length)
                }
            }
            guard accepted >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                if errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS { pauseForAMoment() }
                return
            }
            var on: Int32 = 1
            setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            onAccept(accepted, SocketAddress(storage: address).peer)
        }
    }

    /// Out of descriptors: the backlog waits, the loop does not spin.
    private func pauseForAMoment() {
        if let token { loop.unwatch(token) }
        token = nil
        pause = loop.schedule(at: loop.now + .milliseconds(100)) { [weak self] in
            self?.pause = nil
            try? self?.watch()
        }
    }

    /// Nobody new gets in; who has begun to connect is still accepted until `close`. Closing at once would reset those
    /// clients, who believe that they are connected.
    func refuseNew() {
        clinux_refuse_new_connections(descriptor)
    }

    /// Takes what is in the backlog, then stops listening.
    func close() {
        accept(upTo: 65536)
        if let token { loop.unwatch(token) }
        if let pause { loop.cancel(pause) }
        token = nil
        Glibc.close(descriptor)
    }
}
