import CLinux
import Glibc
import Loop
import Telemetry

/// A server of HTTP/1.1 and HTTP/2 on the loops of a group, over TLS when it is given certificates.
public final class Server: Sendable {
    public enum StartError: Error, Sendable, CustomStringConvertible {
        case notAnAddress(String)
        case addressInUse(String, UInt16)
        case failed(LoopError)

        public var description: String {
            switch self {
            case .notAnAddress(let host): "'\(host)' is not a numeric address to listen on"
            case .addressInUse(let host, let port): "port \(port) on \(host) is taken"
            case .failed(let error): error.description
            }
        }
    }

    /// How long a handshake that has begun may take when the server stops listening.
    private static let handshakeWait = Duration.milliseconds(50)

    private struct State {
        var listener: LoopBound<Listener>?
        var parts: [LoopBound<LoopServer>] = []
        var next = 0
    }

    public let group: EventLoopGroup
    private let core: ServerCore
    private let state = Locked(State())

    /// `http2PriorKnowledge` lets clients of a plain connection begin with the preface of HTTP/2; over TLS they choose it
    /// in the handshake.
    public init(
        group: EventLoopGroup, limits: ServerLimits = ServerLimits(), telemetry: ServerTelemetry = ServerTelemetry(),
        tls: ServerTLS? = nil, http2PriorKnowledge: Bool = false, router: Router
    ) {
        self.group = group
        core = ServerCore(
            limits: limits, router: router, telemetry: telemetry, tls: tls, http2PriorKnowledge: http2PriorKnowledge)
    }

    public var openConnections: Int { core.openConnections }

    /// Listens; answers the port, which matters when 0 was asked for. A port that is shared is open to other processes of
    /// the same user which share it, too, so that the next one is there before this one goes.
    @discardableResult
    public func start(host: String = "127.0.0.1", port: UInt16, sharesPort: Bool = false) async throws -> UInt16 {
        let (descriptor, bound) = try Self.listen(host, port, sharesPort)
        let core = self.core
        var parts: [LoopBound<LoopServer>] = []
        for loop in group.loops {
            parts.append(try await loop.run { LoopBound(LoopServer(core: core, loop: loop), on: loop) })
        }
        state.withLock { $0.parts = parts }
        let loop = group.loops[0]
        let listener = try await loop.run {
            LoopBound(
                try Listener(descriptor: descriptor, loop: loop) { [unowned self] in self.place($0, $1) }, on: loop)
        }
        state.withLock { $0.listener = listener }
        return bound
    }

    private func place(_ descriptor: Int32, _ peer: PeerAddress) {
        guard core.connectionBegan() else {
            if core.tls == nil { Self.refuse(descriptor) } else { close(descriptor) }
            return
        }
        let part = state.withLock { state in
            state.next = (state.next + 1) % state.parts.count
            return state.parts[state.next]
        }
        if part.loop.isCurrent {
            part.value.adopt(descriptor, peer: peer)
        } else {
            part.loop.execute { part.value.adopt(descriptor, peer: peer) }
        }
    }

    private static func refuse(_ descriptor: Int32) {
        let answer =
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
        _ = answer.withCString { send(descriptor, $0, answer.utf8.count, Int32(MSG_NOSIGNAL)) }
        // A request that has come already would make closing a reset, and take the answer with it.
        shutdown(descriptor, Int32(SHUT_WR))
        _ = withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 1) {
            recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        close(descriptor)
    }

    /// Ends gracefully: for `grace` everything is answered with `Connection: close`; then new connections are refused
    /// and idle ones closed; what is in flight may take until `timeout`. Answers whether all of it finished.
    @discardableResult
    public func drain(grace: Duration, timeout: Duration) async -> Bool {
        let (listener, parts) = state.withLock { ($0.listener, $0.parts) }
        for part in parts { part.loop.execute { part.value.beginDraining() } }
        guard let loop = parts.first?.loop else { return true }
        try? await loop.sleep(for: grace)
        if let listener {
            try? await loop.run { listener.value.refuseNew() }
            try? await loop.sleep(for: Self.handshakeWait)
            try? await loop.run { listener.value.close() }
            state.withLock { $0.listener = nil }
        }
        for part in parts { part.loop.execute { part.value.closeIdle() } }
        // What is closed by force empties the loops, too.
        let wasForced = Locked(false)
        let isFinished = await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                for part in parts { await part.emptied() }
                return true
            }
            tasks.addTask {
                try? await loop.sleep(for: timeout)
                wasForced.withLock { $0 = true }
                for part in parts { part.loop.execute { part.value.closeAll() } }
                return false
            }
            let first = await tasks.next() ?? true
            let isFinished = first && !wasForced.withLock { $0 }
            tasks.cancelAll()
            return isFinished
        }
        return isFinished
    }

    /// Ends at once.
    public func stop() async {
        await drain(grace: .zero, timeout: .zero)
    }

    private static func listen(
        _ host: String, _ port: UInt16, _ sharesPort: Bool
    ) throws(StartError) -> (Int32, UInt16) {
        guard let address = SocketAddress(host: host == "localhost" ? "127.0.0.1" : host, port: port) else {
            throw .notAnAddress(host)
        }
        let descriptor = clinux_socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(LoopError(operation: "socket", code: errno)) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if sharesPort { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout<Int32>.size)) }
        let result = address.withSockaddr { bind(descriptor, $0, $1) }
        guard result == 0, Glibc.listen(descriptor, 4096) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EADDRINUSE ? .addressInUse(host, port) : .failed(LoopError(operation: "bind", code: code))
        }
        var bound = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &bound) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return (descriptor, SocketAddress(storage: bound).peer.port)
    }
}

extension LoopBound where Value == LoopServer {
    /// Returns once the loop's last connection has ended.
    fileprivate func emptied() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            loop.execute { value.whenEmpty { continuation.resume() } }
        }
    }
}
