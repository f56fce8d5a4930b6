import CNGHTTP2
import Loop

/// One client's connection in HTTP/2: its frames are read and written by nghttp2, its requests are served as streams.
///
/// It has no task of its own, only each request has one while it is served; an idle connection is parked in epoll.
/// Belongs to its loop.
final class HTTP2Connection: ServedConnection {
    enum Phase {
        case open
        /// The client has been told why, and what it sends is not read any more.
        case ending
        /// Everything is sent; the client is heard out for a moment, since closing over unread bytes takes it back.
        case lingering
        case closed
    }

    let channel: Channel
    let loop: EventLoop
    let server: LoopServer
    let peer: PeerAddress
    let scratch: LoopScratch
    /// Nil once closed. Its callbacks must not call back into it but to submit frames, nor close this connection.
    var session: OpaquePointer?
    var streams: [Int32: HTTP2Stream] = [:]
    /// Requests whose handlers have not ended, also those that their client has given up.
    var serving = 0
    var watch: FrameWatch
    /// What a callback found; acted upon when nghttp2 has returned.
    var flood: FrameWatch.Flood?
    var phase = Phase.open
    var hasServed = false
    /// What the head of a refused request has come to.
    var refusedHeadSize = 0
    /// No further requests are taken; it ends with the last stream.
    var isLeaving = false

    // What the socket would not take.
    var unsent: [UInt8] = []
    var unsentStart = 0
    var isBlocked = false
    var isFlushPlanned = false

    // Times; one timer serves all of them.
    var timer: EventLoop.TimerHandle?
    var timerDeadline = Deadline.distantFuture
    var idleDeadline = Deadline.distantFuture
    var headDeadline = Deadline.distantFuture
    var timedHead = 0
    var lingerDeadline = Deadline.distantFuture
    var lingerBudget = ServerConnection.lingerBytes

    init(channel: Channel, peer: PeerAddress, server: LoopServer) {
        self.channel = channel
        self.peer = peer
        self.server = server
        loop = channel.loop
        scratch = LoopScratch.of(channel.loop)
        watch = FrameWatch(server.limits.http2, headBytes: Self.mostEncodedHead(server.limits))
        super.init()
        channel.onWakeWhileParked = { [unowned self] wake in self.wake(wake) }
        channel.onHangUp = { [unowned self] in if self.isBlocked { self.lose() } }
        nghttp2_session_server_new2(
            &session, HTTP2Callbacks.table, Unmanaged.passUnretained(self).toOpaque(), HTTP2Callbacks.options)
    }

    deinit {
        nghttp2_session_del(session)
    }

    /// A head somewhat beyond the limit is still decoded, so that it can be answered; past this it is a flood.
    static func mostEncodedHead(_ limits: ServerLimits) -> Int { limits.head.headBytes * 4 }

    // MARK: Life

    /// Says our settings and begins with what was received already.
    func start(with received: [UInt8] = []) {
        let limits = server.limits.http2
        let settings = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue, limits.concurrentStreams),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue, limits.streamWindowBytes),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue, server.limits.head.headBytes),
            (NGHTTP2_SETTINGS_HEADER_TABLE_SIZE.rawValue, limits.headerTableBytes),
            (UInt32(CNGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES), 1),
        ].map { nghttp2_settings_entry(settings_id: Int32($0.0), value: UInt32(clamping: $0.1)) }
        nghttp2_submit_settings(session, 0, settings, settings.count)
        nghttp2_session_set_local_window_size(session, 0, 0, Int32(clamping: limits.connectionWindowBytes))
        idleDeadline = loop.now + server.timeouts.firstRequest
        arm(idleDeadline)
        if server.isDraining { beginDraining() }
        if !received.isEmpty { received.withUnsafeBytes { take($0) } }
        receive()
    }

    func wake(_ wake: Channel.Wake) {
        guard case .ready = wake else { return lose() }
        receive()
    }

    /// No further requests; those that are under way are answered.
    func leave() {
        guard phase == .open, !isLeaving else { return }
        isLeaving = true
        nghttp2_submit_goaway(
            session, 0, nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR.rawValue, nil, 0)
        planFlush()
    }

    /// Ends every request, and the connection once the client has been told why.
    func terminate(_ code: nghttp2_error_code) {
        guard phase == .open else { return }
        phase = .ending
        stopTiming()
        nghttp2_session_terminate_session(session, code.rawValue)
        dropStreams()
        planFlush()
    }

    /// All is sent; the client should close now.
    func linger() {
        guard phase == .open || phase == .ending else { return }
        phase = .lingering
        stopTiming()
        dropStreams()
        channel.finishWriting()
        lingerDeadline = loop.now + ServerConnection.lingerTime
        arm(lingerDeadline)
    }

    /// The connection is gone, or is to go at once. Never called by a callback of nghttp2.
    func lose() {
        guard phase != .closed else { return }
        phase = .closed
        channel.close()
        if let timer { loop.cancel(timer) }
        timer = nil
        dropStreams()
        nghttp2_session_del(session)
        session = nil
        unsent = []
        // It counts as open until its handlers have ended: they are what costs.
        if serving == 0 { server.remove(self) }
    }

    private func stopTiming() {
        idleDeadline = .distantFuture
        headDeadline = .distantFuture
    }

    private func dropStreams() {
        let dropped = streams.values
        streams = [:]
        for stream in dropped { stream.close() }
    }

    func handlerEnded() {
        serving -= 1
        if serving == 0, phase == .closed { server.remove(self) }
    }

    // MARK: The server's wishes

    override func beginDraining() {
        guard phase == .open else { return }
        nghttp2_submit_shutdown_notice(session)
        planFlush()
    }

    override func closeIfIdle() {
        guard phase == .open else { return }
        // A client that has just connected is about to ask and is given a moment.
        if !hasServed, streams.isEmpty {
            idleDeadline = min(idleDeadline, loop.now + ServerConnection.firstRequestWait)
            arm(idleDeadline)
            return
        }
        // One that has asked may be waiting in the socket, where a busy loop has not looked yet.
        receive()
        leave()
    }

    override func abort() {
        lose()
        server.remove(self)
    }
}

extension ServerConnection {
    private static let http2Preface = "PRI * HTTP/2.0\r\n"

    /// Whether what could not be read as a request is a client's preface of HTTP/2; then the connection goes on in it.
    func changesToHTTP2() -> Bool {
        guard !hasServed, server.core.http2PriorKnowledge, channel.tls == nil,
            pending[pendingStart...].starts(with: Self.http2Preface.utf8)
        else { return false }
        speakHTTP2(from: Array(pending[pendingStart...]))
        return true
    }

    /// Hands the socket over to a connection in HTTP/2.
    func speakHTTP2(from received: [UInt8] = []) {
        let connection = HTTP2Connection(channel: channel, peer: peer, server: server)
        server.replace(self, with: connection)
        connection.start(with: received)
    }
}
