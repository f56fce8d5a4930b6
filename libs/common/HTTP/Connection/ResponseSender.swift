import Loop
import Telemetry

/// Sends one response over a connection.
struct ResponseSender {
    struct Outcome {
        var status: Status
        var bytes = 0
        /// Whether the client has been sent the whole response.
        var isComplete = true
        var closes: Bool
        var route: RouteMetrics?
    }

    /// Bodies up to this size are copied behind their head and go out in one piece.
    private static let copiedBodyBytes = 16 * 1024
    private static let fileSliceBytes = 2 << 20

    let connection: ServerConnection
    let isHead: Bool
    let isVersion11: Bool
    let closes: Bool
    let requestID: RequestID

    enum Attempt {
        case done(Outcome)
        /// The socket took a part; the rest must follow before anything else.
        case partly(rest: [UInt8], Outcome)
        /// Not a short response, or the socket has no room at all; nothing was sent.
        case declined
    }

    /// Sends a short response in one call, as nearly all are, without suspending.
    func sendNow(_ response: borrowing Response) -> Attempt {
        guard let body = response.body.shortBytes(upTo: Self.copiedBodyBytes) else { return .declined }
        let framing = response.status.allowsBody ? BodyFraming.length(body.count) : .none
        var outcome = Outcome(
            status: response.status, closes: closes || response.closesConnection, route: response.route)
        let output = writeHead(response, framing, outcome.closes)
        if !isHead, framing != .none {
            output.append(body)
            outcome.bytes = body.count
        }
        switch connection.channel.write(output.bytes) {
        case output.count: return .done(outcome)
        case 0: return .declined
        case let sent?: return .partly(rest: Array(output.bytes[sent...]), outcome)
        case nil:
            outcome.isComplete = false
            return .done(outcome)
        }
    }

    /// Sends the rest of a short response.
    func finish(_ rest: [UInt8], _ outcome: Outcome) async -> Outcome {
        var outcome = outcome
        do { try await connection.sendRest(rest, from: 0) } catch { outcome.isComplete = false }
        return outcome
    }

    /// Sends any response.
    func send(_ response: Response) async -> Outcome {
        let framing = BodyFraming(response.body, status: response.status, isVersion11: isVersion11)
        let closes = self.closes || framing == .untilClose || response.closesConnection
        var outcome = Outcome(status: response.status, closes: closes, route: response.route)
        do {
            switch response.body {
            case _ where isHead || framing == .none, .empty:
                try await sendHead(response, framing, closes, body: [])
            case .bytes(let bytes):
                try await sendHead(response, framing, closes, body: bytes)
                outcome.bytes = bytes.count
            case .file(let file):
                // Head and file go out in full segments.
                connection.channel.holdPartialSegments(true)
                defer { connection.channel.holdPartialSegments(false) }
                try await sendHead(response, framing, closes, body: [])
                try await send(file)
                outcome.bytes = file.count
            case .stream(let length, let produce):
                return try await stream(response, framing, outcome, length: length, produce)
            }
        } catch {
            outcome.isComplete = false
        }
        return outcome
    }

    private func writeHead(_ response: borrowing Response, _ framing: BodyFraming, _ closes: Bool) -> OutputBuffer {
        let scratch = connection.outputScratch
        scratch.output.clear()
        scratch.output.append(
            response, framing: framing, requestID: requestID, closes: closes, keepsAlive10: !isVersion11,
            scratch: scratch, now: connection.loop.now)
        return scratch.output
    }

    private func sendHead(_ response: Response, _ framing: BodyFraming, _ closes: Bool, body: [UInt8]) async throws {
        let output = writeHead(response, framing, closes)
        if body.count <= Self.copiedBodyBytes {
            output.append(body)
            guard let sent = connection.channel.write(output.bytes) else { throw WriteError.disconnected }
            guard sent < output.count else { return }
            try await connection.sendRest(Array(output.bytes), from: sent)
        } else {
            let headCount = output.count
            guard let sent = body.withUnsafeBytes({ connection.channel.write(output.bytes, $0) }) else {
                throw WriteError.disconnected
            }
            if sent < headCount {
                try await connection.sendRest(Array(output.bytes) + body, from: sent)
            } else if sent - headCount < body.count {
                try await connection.sendRest(body, from: sent - headCount)
            }
        }
    }

    private func send(_ file: FileBody) async throws {
        var offset = file.offset
        let end = file.offset + Int64(file.count)
        var allowance = TransferAllowance(
            base: connection.limits.writeTimeout, slowestBytesPerSecond: connection.limits.slowestBytesPerSecond)
        while offset < end {
            let slice = min(Self.fileSliceBytes, Int(end - offset))
            switch connection.channel.sendFile(file.descriptor, offset: offset, count: slice) {
            case .sent(let count):
                offset += Int64(count)
                allowance.moved(count)
            case .wouldBlock: try await connection.waitUntilWritable(&allowance)
            // The file shrank under us; the declared length cannot be kept.
            case .fileEnded, .failed: throw WriteError.disconnected
            }
        }
    }

    /// The head goes out with the first bytes, so that a producer that fails before them still gets a proper answer.
    private func stream(
        _ response: Response, _ framing: BodyFraming, _ outcome: Outcome, length: Int?,
        _ produce: @Sendable (BodyWriter) async throws -> Void
    ) async throws -> Outcome {
        var outcome = outcome
        let sink = ConnectionSink(
            connection: connection, length: length, isChunked: framing == .chunked,
            head: Array(writeHead(response, framing, outcome.closes).bytes))
        defer {
            outcome.bytes = sink.sent
            sink.end()
        }
        do {
            try await produce(BodyWriter(sink: LoopBound(sink, on: connection.loop)))
            outcome.isComplete = try await sink.finish()
        } catch {
            guard sink.hasUnsentHead, !connection.channel.isPeerClosed else {
                outcome.isComplete = false
                return outcome
            }
            let failure = ServiceError(wrapping: error).response(requestID)
            outcome.status = failure.status
            outcome.closes = true
            guard case .bytes(let body) = failure.body else { return outcome }
            try await sendHead(failure, .length(body.count), true, body: body)
        }
        return outcome
    }
}
