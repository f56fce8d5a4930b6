import CNGHTTP2
import Loop
import Telemetry

/// Sending the answer.
extension HTTP2Stream {
    /// Hands the head over, and the body if there is one.
    func submit(_ response: borrowing Response, length: Int?, _ body: HTTP2Output?, id requestID: RequestID? = nil) {
        guard !isOver, let session = connection.session else { return }
        hasBegunAnswer = true
        let requestID = requestID ?? request?.id ?? RequestID(from: server.tracing.ids)
        let fields = connection.scratch.fields
        fields.gather(
            response, length: length, requestID: requestID, scratch: connection.scratch, now: loop.now)
        let result = fields.withFields { fields, count in
            guard let body else { return nghttp2_submit_response(session, id, fields, count, nil) }
            output = body
            var provider = HTTP2Callbacks.provider()
            return nghttp2_submit_response(session, id, fields, count, &provider)
        }
        guard result == 0 else { return connection.reset(id, NGHTTP2_INTERNAL_ERROR) }
        if body != nil { beginWaiting() }
        connection.planFlush()
    }

    func sendContinue() { submitInterim(Status(100), Headers()) }

    func submitInterim(_ status: Status, _ headers: Headers) {
        guard !isOver, !hasBegunAnswer, let session = connection.session else { return }
        let fields = connection.scratch.fields
        fields.gather(interim: status, headers)
        _ = fields.withFields { nghttp2_submit_headers(session, 0, id, nil, $0, $1, nil) }
        connection.planFlush()
    }

    /// Sends one block of a streamed body, waiting for the client as long as its allowance lasts.
    func send(_ bytes: [UInt8]) async throws(WriteError) {
        guard !isOver else { throw .disconnected }
        output.put(bytes)
        resume()
        connection.flush()
        guard !isOver else { throw .disconnected }
        guard !output.isEmpty else { return }
        switch await withUnsafeContinuation({ writer = $0 }) {
        case .ready: return
        case .timedOut: throw .timedOut
        case .cancelled, .closed: throw .disconnected
        }
    }

    /// The streamed body is complete.
    func finishSending() {
        output.finish()
        resume()
        connection.planFlush()
    }

    private func resume() {
        guard !isOver else { return }
        beginWaiting()
        guard isDeferred, let session = connection.session else { return }
        isDeferred = false
        nghttp2_session_resume_data(session, id)
    }

    private func beginWaiting() {
        waitingSince = loop.now
        writeDeadline = allowance.deadline(from: waitingSince)
        arm(writeDeadline)
    }

    /// The client has room for so much.
    func nextData(_ buffer: UnsafeMutableRawBufferPointer) -> HTTP2Output.Piece {
        let piece = output.take(into: buffer)
        switch piece {
        case .none:
            isDeferred = true
            writeDeadline = .distantFuture
        case .bytes(let count, let isLast):
            let now = loop.now
            allowance.waited(from: waitingSince, to: now)
            allowance.moved(count)
            waitingSince = now
            writeDeadline = isLast ? .distantFuture : allowance.deadline(from: now)
            if output.isEmpty { wakeWriter(.ready) }
        case .failed: break
        }
        return piece
    }
}
