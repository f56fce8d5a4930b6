import CNGHTTP2
import Loop

/// One request and its answer on a connection in HTTP/2. Belongs to the connection's loop.
final class HTTP2Stream {
    let id: Int32
    let connection: HTTP2Connection
    var head: HTTP2Head?
    private var trailerSize = 0
    private var trailerCount = 0
    var reader: HTTP2BodyReader?
    var request: Request?
    var started = Deadline(nanoseconds: 0)
    var task: Task<Void, Never>?
    /// The client has sent all of it.
    private(set) var hasEnded = false
    /// Nothing more is sent or received.
    private(set) var isOver = false
    var isTimedOut = false
    /// The body is too large to begin with; nothing of it is kept.
    var isTooLarge = false
    var outcome: ResponseSender.Outcome?

    // The answer's body
    var output = HTTP2Output()
    var hasBegunAnswer = false
    var didSendEnd = false
    var isDeferred = false
    var writer: UnsafeContinuation<Channel.Wake, Never>?
    var allowance: TransferAllowance
    var waitingSince = Deadline(nanoseconds: 0)
    var writeDeadline = Deadline.distantFuture
    var requestDeadline = Deadline.distantFuture
    private var lingerDeadline = Deadline.distantFuture

    /// How long a client may take to hear that it is answered before the rest of its body is cut off.
    private static let lingerTime = Nanoseconds(.seconds(1))

    init(_ id: Int32, on connection: HTTP2Connection) {
        self.id = id
        self.connection = connection
        let limits = connection.server.limits
        head = HTTP2Head(limits: limits.head)
        allowance = TransferAllowance(
            base: limits.writeTimeout, slowestBytesPerSecond: limits.slowestBytesPerSecond)
    }

    var server: LoopServer { connection.server }
    var loop: EventLoop { connection.loop }

    // MARK: Head and trailers

    func fieldCame(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard head == nil else {
            head?.add(name, value)
            return
        }
        countTrailer(name.count + value.count)
    }

    func invalidFieldCame(size: Int) {
        guard head == nil else {
            head?.refuse(.malformed("a field's name or value has a character that is not allowed"))
            return
        }
        countTrailer(size)
    }

    func trailersBegan() {
        trailerSize = 0
        trailerCount = 0
    }

    /// Trailers are checked by nghttp2, bounded here, and dropped.
    private func countTrailer(_ size: Int) {
        trailerSize += size + 4
        trailerCount += 1
    }

    var headSize: Int { head?.size ?? trailerSize }

    var isRefusingTrailers: Bool {
        let limits = server.limits.head
        return head == nil && (trailerSize > limits.headBytes || trailerCount > limits.fieldCount)
    }

    // MARK: The request's body

    /// False when nobody will ask for it.
    func dataCame(_ bytes: UnsafeRawBufferPointer) -> Bool { reader?.receive(bytes) ?? false }

    func bodyEnded() {
        hasEnded = true
        reader?.end()
    }

    func consumed(_ count: Int) {
        guard !isOver else { return }
        connection.consumed(count, of: id)
    }

    // MARK: The end

    /// The stream is over, by both sides' will or not. Answers how much of the body was not taken.
    @discardableResult
    func close() -> Int {
        guard !isOver else { return 0 }
        isOver = true
        head = nil
        outcome?.isComplete = didSendEnd
        writeDeadline = .distantFuture
        let unread = reader?.fail() ?? 0
        wakeWriter(.closed)
        if let task {
            // Its client is gone.
            if !didSendEnd { task.cancel() }
        } else {
            report()
        }
        return unread
    }

    func wakeWriter(_ wake: Channel.Wake) {
        writer?.resume(returning: wake)
        writer = nil
    }

    /// Counts and logs the request, once it is answered and over.
    func report() {
        guard let request else { return }
        // Both hold the stream: it goes when they do.
        self.request = nil
        reader = nil
        var outcome = outcome ?? ResponseSender.Outcome(status: .clientGone, isComplete: false, closes: false)
        self.outcome = nil
        outcome.bytes = output.taken
        outcome.isComplete = didSendEnd
        server.finished(request, outcome, started: started)
    }

    // MARK: Times

    /// It is answered, and the rest of its body is not wanted (RFC 9113, 8.1). A client that hears of both at once may take the
    /// end for the answer: curl 7.88 does.
    func linger() {
        lingerDeadline = loop.now + Self.lingerTime
        arm(lingerDeadline)
    }

    func arm(_ deadline: Deadline) {
        connection.arm(deadline)
    }

    /// Ends what has taken too long; answers when to look again.
    func checkTime(_ now: Deadline) -> Deadline {
        if requestDeadline <= now {
            requestDeadline = .distantFuture
            isTimedOut = true
            task?.cancel()
        }
        if let reader, reader.deadline <= now { reader.timeOut() }
        if writeDeadline <= now {
            writeDeadline = .distantFuture
            wakeWriter(.timedOut)
            connection.reset(id, NGHTTP2_CANCEL)
        }
        if lingerDeadline <= now {
            lingerDeadline = .distantFuture
            if !hasEnded { connection.reset(id, NGHTTP2_NO_ERROR) }
        }
        return min(requestDeadline, writeDeadline, lingerDeadline, reader?.deadline ?? .distantFuture)
    }
}
