import Glibc
import Loop
import Telemetry

/// The part of a server that lives on one loop: its connections and whether it is draining.
final class LoopServer {
    let core: ServerCore
    let loop: EventLoop
    private var connections: [ServedConnection] = []
    /// Responses say `Connection: close`.
    private(set) var isDraining = false
    /// Idle connections end, too.
    private(set) var isClosingIdle = false
    private var onEmpty: (() -> Void)?

    /// A task held by a quiet connection spares the next request the making of one, but takes more memory than all
    /// else of it; so only so many may be held.
    private static let maximumLingering = 256
    private var lingering = 0

    let timeouts: ServerTimeouts
    let limits: ServerLimits
    let router: Router
    let tracing: Tracing

    init(core: ServerCore, loop: EventLoop) {
        limits = core.limits
        router = core.router
        tracing = core.tracing
        timeouts = ServerTimeouts(core.limits)
        self.core = core
        self.loop = loop
    }

    func adopt(_ descriptor: Int32, peer: PeerAddress) {
        guard let channel = try? Channel(descriptor: descriptor, loop: loop) else {
            core.connectionEnded()
            return
        }
        if let tls = core.tls {
            guard let session = tls.session(descriptor, on: loop) else {
                channel.close()
                core.connectionEnded()
                return
            }
            channel.secure(session)
        }
        let connection = ServerConnection(channel: channel, peer: peer, server: self)
        connection.registryIndex = connections.count
        connections.append(connection)
        connection.start()
    }

    /// The same client's connection goes on in another protocol.
    func replace(_ connection: ServedConnection, with other: ServedConnection) {
        other.registryIndex = connection.registryIndex
        connections[other.registryIndex] = other
    }

    func remove(_ connection: ServedConnection) {
        let index = connection.registryIndex
        guard index < connections.count, connections[index] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.registryIndex = index
        }
        core.connectionEnded()
        if connections.isEmpty {
            onEmpty?()
            onEmpty = nil
        }
    }

    /// Whether one more connection may keep its task while it waits for the next request.
    func mayLinger() -> Bool {
        guard lingering < Self.maximumLingering else { return false }
        lingering += 1
        return true
    }

    func hasLingered() {
        lingering -= 1
    }

    func finished(_ request: Request, _ outcome: ResponseSender.Outcome, started: Deadline) {
        let nanoseconds = Deadline.now.nanoseconds &- started.nanoseconds
        outcome.route?.count(outcome.status, nanoseconds: nanoseconds)
        core.finished(request, outcome, nanoseconds: nanoseconds)
    }

    func beginDraining() {
        isDraining = true
        for connection in connections { connection.beginDraining() }
    }

    func closeIdle() {
        isClosingIdle = true
        for connection in connections { connection.closeIfIdle() }
    }

    func closeAll() {
        for connection in connections { connection.abort() }
    }

    func whenEmpty(_ body: @escaping () -> Void) {
        if connections.isEmpty { body() } else { onEmpty = body }
    }
}
