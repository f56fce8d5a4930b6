import CNGHTTP2
import Loop

/// Writing frames.
extension HTTP2Connection {
    /// What is gathered for one call of the system.
    private static let bytesPerWrite = 64 * 1024

    /// Writes once everything that is ready in this turn has had its say.
    func planFlush() {
        guard !isFlushPlanned, phase != .closed else { return }
        isFlushPlanned = true
        loop.onNextTurn {
            self.isFlushPlanned = false
            self.flush()
        }
    }

    /// Writes what there is until the socket takes no more.
    func flush() {
        guard !isBlocked, phase == .open || phase == .ending else { return }
        let output = scratch.output
        while true {
            output.clear()
            while output.count < Self.bytesPerWrite {
                var piece: UnsafePointer<UInt8>?
                let count = nghttp2_session_mem_send(session, &piece)
                guard count >= 0 else { return lose() }
                guard count > 0 else { break }
                output.append(UnsafeRawBufferPointer(start: piece, count: count))
            }
            guard output.count > 0 else { break }
            guard let sent = channel.write(output.bytes) else { return lose() }
            guard sent == output.count else {
                unsent = Array(output.bytes[sent...])
                unsentStart = 0
                return writeRestLater()
            }
        }
        if let flood { return calm(flood) }
        endIfDone()
    }

    private func endIfDone() {
        let isDone = nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
        if isDone || isLeaving && streams.isEmpty { linger() }
    }

    private func writeRestLater() {
        isBlocked = true
        let bound = LoopBound(self, on: loop)
        Task(executorPreference: loop) { await bound.value.writeRest() }
    }

    /// Waits for the client as long as its allowance lasts.
    private func writeRest() async {
        var allowance = TransferAllowance(
            base: server.limits.writeTimeout, slowestBytesPerSecond: server.limits.slowestBytesPerSecond)
        while unsentStart < unsent.count {
            let start = loop.now
            let wake = await channel.waitUntilWritable(until: allowance.deadline(from: start))
            allowance.waited(from: start, to: loop.now)
            guard phase != .closed else { return }
            guard case .ready = wake,
                let sent = unsent.withUnsafeBytes({
                    channel.write(UnsafeRawBufferPointer(rebasing: $0[unsentStart...]))
                })
            else { return lose() }
            allowance.moved(sent)
            unsentStart += sent
        }
        unsent = []
        isBlocked = false
        flush()
        receive()
    }

    // MARK: What nghttp2 asks and tells

    func nextData(_ id: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> HTTP2Output.Piece {
        guard let stream = streams[id] else { return .failed }
        return stream.nextData(buffer)
    }

    func frameWent(_ frame: nghttp2_frame_hd, resetCode: UInt32?) {
        if let resetCode {
            // A client can have us reset its streams, too.
            if Self.isClientsFault(resetCode), let flood = watch.reset(loop.now) { self.flood = flood }
            return
        }
        guard frame.type == HTTP2Callbacks.dataFrame || frame.type == HTTP2Callbacks.headersFrame else { return }
        watch.earn()
        guard frame.flags & HTTP2Callbacks.endStream != 0, let stream = streams[frame.stream_id] else { return }
        stream.didSendEnd = true
        if !stream.hasEnded { stream.linger() }
    }

    private static func isClientsFault(_ code: UInt32) -> Bool {
        ![NGHTTP2_NO_ERROR, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR].contains { $0.rawValue == code }
    }

    func reset(_ id: Int32, _ code: nghttp2_error_code) {
        guard let session, phase == .open else { return }
        nghttp2_submit_rst_stream(session, 0, id, code.rawValue)
        planFlush()
    }
}
