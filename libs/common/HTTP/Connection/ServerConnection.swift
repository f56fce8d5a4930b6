import Loop
import Telemetry

/// One client's connection: reads a head, has it answered, sends the answer, and again until either side ends it.
///
/// The task that does this lives only while there is something to do; an idle connection is parked in epoll without
/// one. Belongs to its loop.
final class ServerConnection: ServedConnection {
    enum Activity { case idle, readingHead, serving }

    enum HeadOutcome {
        case request
        case idle
        case ended
        case refused(ParseFailure)
    }

    /// How long a quiet connection keeps its task before it is parked.
    static let parkAfter = Nanoseconds(.seconds(1))

    /// Requests that came in one piece and are answered in one turn of the loop; then others have their turn.
    static let requestsPerTurn = 16

    /// How long, and how far, a peer is heard out before a connection is closed that it may be sending on.
    static let lingerTime = Nanoseconds(.seconds(2))
    static let lingerBytes = 64 << 20

    /// How long a draining server waits for the first request of a new connection.
    static let firstRequestWait = Nanoseconds(.milliseconds(500))

    private static let plainHTTP = ParseFailure(
        .badRequest, "tls_required", "this port speaks TLS: expected a URL that begins with https")

    let channel: Channel
    let loop: EventLoop
    let server: LoopServer
    let peer: PeerAddress
    let scratch: LoopScratch
    var parser: RequestParser
    /// Received and not yet used: the start of a head, a body's next bytes, or pipelined requests.
    var pending: [UInt8] = []
    var pendingStart = 0
    /// The memory of the last request's fields, used again when its handler kept nothing.
    var headers = Headers()
    var activity = Activity.idle
    /// What was received has not been looked at for a head.
    var hasUnparsed = false
    var turnShare = TurnShare(ServerConnection.requestsPerTurn)
    var headDeadline = Deadline.distantFuture
    var task: Task<Void, Never>?
    var hasServed = false
    var isTimedOut = false
    /// A response of which the socket took only a part at once.
    var begunResponse: (rest: [UInt8], outcome: ResponseSender.Outcome)?
    /// What follows on this connection cannot be trusted or would take too long to read; it ends after the answer.
    var isPoisoned = false

    init(channel: Channel, peer: PeerAddress, server: LoopServer) {
        self.channel = channel
        self.peer = peer
        self.server = server
        loop = channel.loop
        scratch = LoopScratch.of(channel.loop)
        parser = RequestParser(limits: server.limits.head)
        super.init()
        channel.onWakeWhileParked = { [unowned self] wake in self.wake(wake) }
        channel.onHangUp = { [unowned self] in self.hangUp() }
    }

    // MARK: Life

    func start() {
        park()
    }

    func park() {
        activity = .idle
        task = nil
        pending = []
        pendingStart = 0
        headers = Headers()
        parser = RequestParser(limits: server.limits.head)
        // A client that connects and says nothing gets as long as one that says a part.
        channel.park(until: loop.now + (hasServed ? server.timeouts.idle : server.timeouts.firstRequest))
    }

    func wake(_ wake: Channel.Wake) {
        guard case .ready = wake else { return close() }
        if !hasServed, channel.negotiatedProtocol == "h2" { return speakHTTP2() }
        let bound = LoopBound(self, on: loop)
        task = Task(executorPreference: loop) { await bound.value.run() }
    }

    func hangUp() {
        if activity == .serving { task?.cancel() }
    }

    func close() {
        channel.close()
        server.remove(self)
    }

    override func abort() {
        if activity == .serving { channel.endsBroken = true }
        task?.cancel()
        close()
    }

    override func closeIfIdle() {
        guard activity == .idle else { return }
        // A client that has just connected is about to ask and is given a moment; one that has asked may be waiting in
        // the socket, where a busy loop has not looked yet.
        if hasServed, !channel.hasInput() { close() } else { channel.hurry(until: loop.now + Self.firstRequestWait) }
    }

    func run() async {
        if channel.heardPlainHTTP {
            isPoisoned = true
            await refuse(Self.plainHTTP)
            return await finish()
        }
        while true {
            var outcome = readHead()
            while outcome == nil {
                let lingers = activity == .idle
                guard !lingers || server.mayLinger() else {
                    outcome = .idle
                    break
                }
                let deadline = lingers ? loop.now + Self.parkAfter : headDeadline
                // Waited for here rather than in a function of its own: every return to an awaiting caller costs.
                let wake = await withUnsafeContinuation { channel.resumeWhenReadable($0, until: deadline) }
                if lingers { server.hasLingered() }
                outcome = resumeHead(wake)
            }
            switch outcome {
            case .request:
                var exchange = beginExchange()
                let route = server.router.route(for: &exchange.request)
                var response: Response
                do {
                    if exchange.isTooLarge { throw bodyTooLarge }
                    response = try await route.handler(exchange.request)
                } catch {
                    response = server.router.failure(error, exchange.request)
                }
                server.router.finish?(exchange.request, &response)
                response.route = route.metrics
                var isKept = finishNow(&response, exchange)
                if isKept == nil { isKept = await finishLater(response, exchange) }
                guard isKept == true else { return await finish() }
            case .idle: return server.isClosingIdle ? close() : park()
            case .ended, nil: return close()
            case .refused(let failure):
                if changesToHTTP2() { return }
                isPoisoned = true
                await refuse(failure)
                return await finish()
            }
        }
    }

    /// Closes; when the peer has sent more, or may be sending, reads on for a moment, since closing over unread bytes
    /// resets the connection and takes the answer with it.
    func finish() async {
        guard !channel.isClosed, isPoisoned || pendingCount > 0 || channel.hasInput() else { return close() }
        channel.finishWriting()
        let deadline = loop.now + Self.lingerTime
        var budget = Self.lingerBytes
        lingering: while budget > 0 {
            switch channel.read(into: scratch.input) {
            case .bytes(let count): budget -= count
            case .end, .failed: break lingering
            case .wouldBlock:
                guard case .ready = await channel.waitUntilReadable(until: deadline) else { break lingering }
            }
        }
        close()
    }
}
