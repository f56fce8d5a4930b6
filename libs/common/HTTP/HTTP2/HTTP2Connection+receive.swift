import CNGHTTP2
import Loop

/// Reading the client's frames.
extension HTTP2Connection {
    private static let bytesPerPiece = 16 * 1024
    /// Frames that wait for the end of the turn before they are written.
    private static let mostUnsaid = 256

    func receive() {
        reading: while phase != .closed {
            // What we have to say goes first, so that answers to a client that reads nothing do not pile up.
            if isBlocked { return }
            switch channel.read(into: scratch.input) {
            case .bytes(let count):
                take(UnsafeRawBufferPointer(rebasing: scratch.input[..<count]))
            case .wouldBlock: break reading
            case .end, .failed: return lose()
            }
        }
        guard phase != .closed else { return }
        channel.park(until: .distantFuture)
    }

    /// Piece by piece, so that what a client makes us say is said, and counted, before it makes us say more.
    func take(_ bytes: UnsafeRawBufferPointer) {
        for start in stride(from: 0, to: bytes.count, by: Self.bytesPerPiece) {
            guard phase == .open else {
                lingerBudget -= bytes.count - start
                if lingerBudget <= 0 { lose() }
                return
            }
            takePiece(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.bytesPerPiece, bytes.count)]))
        }
    }

    private func takePiece(_ bytes: UnsafeRawBufferPointer) {
        if let flood = watch.look(at: bytes, now: loop.now) { return calm(flood) }
        let taken = nghttp2_session_mem_recv(
            session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        if let flood { return calm(flood) }
        guard taken >= 0 else {
            let isFlood = taken == Int(NGHTTP2_ERR_FLOODED.rawValue)
            return terminate(isFlood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR)
        }
        timeHead()
        if nghttp2_session_get_outbound_queue_size(session) > Self.mostUnsaid { flush() } else { planFlush() }
    }

    /// A client that floods is told so and heard no more.
    func calm(_ flood: FrameWatch.Flood) {
        guard phase == .open else { return }
        server.core.flooded(flood, peer)
        terminate(NGHTTP2_ENHANCE_YOUR_CALM)
    }

    // MARK: What nghttp2 tells

    func headBegan(_ id: Int32, isRequest: Bool) {
        guard isRequest else {
            streams[id]?.trailersBegan()
            return
        }
        // Streams that are reset at once leave room for the next, but their handlers are still at work.
        guard serving < server.limits.http2.concurrentStreams, phase == .open else {
            refusedHeadSize = 0
            nghttp2_submit_rst_stream(session, 0, id, NGHTTP2_REFUSED_STREAM.rawValue)
            return
        }
        hasServed = true
        idleDeadline = .distantFuture
        streams[id] = HTTP2Stream(id, on: self)
    }

    /// Whether the rest of the head is of interest.
    func fieldCame(_ id: Int32, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let stream = streams[id] else { return isRefusalBearable(name.count + value.count) }
        stream.fieldCame(name, value)
        return isBearable(stream)
    }

    /// nghttp2 would leave it out; here a request with one is refused.
    func invalidFieldCame(_ id: Int32, size: Int) -> Bool {
        guard let stream = streams[id] else { return isRefusalBearable(size) }
        stream.invalidFieldCame(size: size)
        return isBearable(stream)
    }

    private func isRefusalBearable(_ size: Int) -> Bool {
        refusedHeadSize += size
        guard refusedHeadSize > Self.mostEncodedHead(server.limits) else { return true }
        flood = .head
        return false
    }

    /// A few bytes can name long fields again and again; decoding ends some way beyond the limit.
    private func isBearable(_ stream: HTTP2Stream) -> Bool {
        guard stream.headSize > Self.mostEncodedHead(server.limits) else {
            guard stream.isRefusingTrailers else { return true }
            // The reset is ours, and not of a kind that counts by itself.
            if let flood = watch.reset(loop.now) { self.flood = flood }
            return false
        }
        flood = .head
        return false
    }

    func frameCame(_ frame: nghttp2_frame_hd, isRequest: Bool) {
        guard let stream = streams[frame.stream_id] else { return }
        let isEnd = frame.flags & HTTP2Callbacks.endStream != 0
        switch frame.type {
        case HTTP2Callbacks.headersFrame:
            if isEnd { stream.bodyEnded() }
            guard isRequest else { return }
            if let session { cnghttp2_interleave(session, frame.stream_id) }
            stream.begin()
            if server.isClosingIdle { leave() }
        case HTTP2Callbacks.dataFrame where isEnd: stream.bodyEnded()
        default: break
        }
    }

    func dataCame(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
        if let stream = streams[id], stream.dataCame(bytes) { return }
        // Nobody wants it: the stream's room is not given back, the connection's is for all.
        nghttp2_session_consume_connection(session, bytes.count)
    }

    /// A handler has taken so much of a body.
    func consumed(_ count: Int, of id: Int32) {
        guard let session, phase == .open else { return }
        nghttp2_session_consume(session, id, count)
        planFlush()
    }

    /// So much of a body will not be taken by anybody.
    func dropped(_ count: Int) {
        guard let session, phase == .open else { return }
        nghttp2_session_consume_connection(session, count)
        planFlush()
    }

    func streamClosed(_ id: Int32) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        let unread = stream.close()
        if unread > 0 { nghttp2_session_consume_connection(session, unread) }
        if streams.isEmpty {
            idleDeadline = loop.now + server.timeouts.idle
            arm(idleDeadline)
        }
    }
}
