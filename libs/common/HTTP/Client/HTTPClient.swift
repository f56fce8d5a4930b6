import Loop

/// Sends requests to other services over pooled connections that stay on the caller's loop.
///
/// Call it from a task that runs on a loop; every loop has its own pool. Nothing is buffered whole: the request's body
/// is sent as its source yields it, the answer's is read as the caller asks for it.
///
///     let client = HTTPClient()
///     let answer = try await client.send(ClientRequest(.get, Origin(host: "127.0.0.1", port: 8001), "/health"))
///     let bytes = try await answer.body.collect(upTo: 64 * 1024)
public final class HTTPClient: Sendable {
    public let limits: ClientLimits
    public let timeouts: ClientTimeouts
    private let resolver: Resolver
    private let parts = LoopParts<LoopClient>()

    /// `blocking` resolves names; addresses need no thread.
    public init(
        limits: ClientLimits = ClientLimits(), timeouts: ClientTimeouts = ClientTimeouts(),
        blocking: BlockingPool = BlockingPool(maximumThreads: 2)
    ) {
        self.limits = limits
        self.timeouts = timeouts
        resolver = Resolver(pool: blocking, lifetime: limits.nameLifetime)
    }

    /// Sends a request and answers once the head of the answer is there. Cancelling the task closes the connection.
    public func send(_ request: ClientRequest) async throws(ClientError) -> ClientResponse {
        guard let loop = EventLoop.current else { throw .invalidRequest("a request is sent from a task on a loop") }
        guard request.hasValidTarget else { throw .invalidRequest("the target is not a path with a query") }
        if Task.isCancelled { throw .cancelled }
        let part = part(of: loop)
        let timeouts = request.timeouts ?? timeouts
        let total = timeouts.total.map { loop.now + $0 } ?? .distantFuture
        var connection: ClientConnection
        let isRepeatable = request.body.isReplayable && (request.isRepeatable ?? request.method.isIdempotent)
        switch part.idleConnection(request.origin, carefully: !isRepeatable) {
        case .connection(let idle): connection = idle
        case .mustConnect:
            connection = try await part.connect(to: request.origin, timeouts, total: total)
        case .mustWait(let ticket):
            switch await part.wait(ticket, request.origin, until: min(loop.now + timeouts.waiting, total)) {
            case .connection(let given): connection = given
            case .slot:
                connection = try await part.connect(to: request.origin, timeouts, total: total)
            case .timedOut: throw .timedOut(total <= loop.now ? .total : .waiting)
            case .cancelled: throw .cancelled
            case .refused: throw .poolExhausted
            }
        case .refused: throw .poolExhausted
        }
        while true {
            connection.begin(request, timeouts, total: total)
            var progress = connection.readHead()
            if progress == nil, let brief = connection.briefWait {
                let wake = await withUnsafeContinuation {
                    connection.channel.resumeWhenReadable($0, until: brief)
                }
                if case .timedOut = wake {} else { progress = connection.resumeHead(wake) }
            }
            while progress == nil {
                let wake = await connection.channel.waitUntilReadableOrCancelled(until: connection.headDeadline)
                progress = connection.resumeHead(wake)
            }
            switch progress {
            case .answer(let response): return response
            case .failed(let error): throw error
            // At most once: the connection is a new one now, and a new one is never repeated on.
            case .repeatRequest, nil:
                connection = try await part.connect(to: request.origin, timeouts, total: total)
            }
        }
    }

    /// Closes idle connections and refuses new requests; those under way go on.
    public func shutDown() {
        parts.shutDown()
    }

    /// Connections of this loop to an origin, open and idle, and the requests that wait for one; gauges.
    public func connectionCount(to origin: Origin) -> (open: Int, idle: Int, waiting: Int) {
        EventLoop.current.map { part(of: $0).count(origin) } ?? (0, 0, 0)
    }

    private func part(of loop: EventLoop) -> LoopClient {
        parts.part(of: loop) {
            LoopClient(loop: loop, limits: limits, timeouts: timeouts, resolver: resolver)
        }
    }
}
