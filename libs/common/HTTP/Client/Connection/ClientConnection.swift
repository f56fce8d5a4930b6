import Loop

/// One connection to an origin: sends a request, reads its answer, and again. Belongs to its loop.
///
/// What a request costs here when all goes well: one `send`, one wait, one `recv`, and one copy of the head.
final class ClientConnection {
    enum Progress {
        case answer(ClientResponse)
        case repeatRequest
        case failed(ClientError)
    }

    /// How much of a body is read at once.
    private static let blockBytes = 64 * 1024

    let id: Int
    let origin: Origin
    let channel: Channel
    let loop: EventLoop
    private let part: LoopClient
    private let scratch: LoopScratch
    private var parser: ResponseParser
    private var received = ReceivedBytes()
    private var decoder = ResponseBodyDecoder(.none)
    private var exchange = Exchange(isReused: false, isRepeatable: false, isReplayable: false)
    private var method = Method.get
    private var timeouts: ClientTimeouts
    private var totalDeadline = Deadline.distantFuture
    private var firstByteDeadline = Deadline.distantFuture
    private var continueDeadline: Deadline?
    private var upload: Upload?
    private var interimCount = 0
    private var interims: LoopBound<any InterimSink>?
    private var lastReadCount = 0
    /// The number of the exchange under way; nil while idle and after the end.
    private var current: Int?
    private var exchanges = 0

    init(id: Int, origin: Origin, channel: Channel, part: LoopClient) {
        self.id = id
        self.origin = origin
        self.channel = channel
        self.part = part
        loop = channel.loop
        scratch = LoopScratch.of(channel.loop)
        parser = ResponseParser(limits: part.limits.head)
        timeouts = part.timeouts
        channel.onWakeWhileParked = { [unowned self] wake in self.wakeWhileIdle(wake) }
    }

    // MARK: Idle

    func park(until deadline: Deadline) {
        channel.park(until: deadline)
    }

    /// False when the connection turned out to be at its end.
    func takeIntoUse(carefully: Bool) -> Bool {
        channel.endPark()
        return !(carefully && channel.hasInput())
    }

    private func wakeWhileIdle(_ wake: Channel.Wake) {
        if case .ready = wake, case .wouldBlock = channel.read(into: scratch.input) {
            // An old edge; nothing has come.
            return part.parkAgain(self)
        }
        close()
        part.idleEnded(self)
    }

    // MARK: Sending

    /// Sends as much of the request as the socket takes at once; the rest follows by itself.
    func begin(_ request: borrowing ClientRequest, _ timeouts: ClientTimeouts, total: Deadline) {
        method = request.method
        self.timeouts = timeouts
        totalDeadline = total
        firstByteDeadline = .distantFuture
        continueDeadline = nil
        interimCount = 0
        interims = request.interims
        parser.reset()
        exchange = Exchange(
            isReused: exchanges > 0, isRepeatable: request.isRepeatable ?? request.method.isIdempotent,
            isReplayable: request.body.isReplayable)
        exchanges += 1
        current = exchanges
        let output = scratch.output
        output.clear()
        output.append(request)
        if request.expectsContinue, !request.body.isEmpty {
            continueDeadline = loop.now + timeouts.continueAnswer
            upload = Upload(self, request.body, rest: send(output.bytes))
            if upload?.hasRest == true { startUpload() }
            return
        }
        switch request.body.source {
        case .empty: finishSending(send(output.bytes), .empty)
        case .bytes(let bytes):
            let rest = bytes.withUnsafeBytes { send(output.bytes, $0) }
            finishSending(rest, .empty)
        case .stream:
            upload = Upload(self, request.body, rest: send(output.bytes))
            startUpload()
        }
    }

    private func finishSending(_ rest: [UInt8], _ body: ClientBody) {
        if rest.isEmpty { return completeUpload() }
        upload = Upload(self, body, rest: rest)
        startUpload()
    }

    private func startUpload() {
        continueDeadline = nil
        upload?.start()
    }

    /// What the socket did not take.
    private func send(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        guard let count = channel.write(bytes) else { return breakUpload() }
        exchange.wrote(count)
        return count == bytes.count ? [] : [UInt8](copying: bytes[count...])
    }

    private func send(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) -> [UInt8] {
        guard let count = channel.write(head, body) else { return breakUpload() }
        exchange.wrote(count)
        if count == head.count + body.count { return [] }
        let rest = [UInt8](copying: body[max(count - head.count, 0)...])
        return count < head.count ? [UInt8](copying: head[count...]) + rest : rest
    }

    private func breakUpload() -> [UInt8] {
        exchange.brokeUpload()
        return []
    }

    // MARK: For the upload

    var betweenBytesDeadline: Deadline { min(loop.now + timeouts.betweenBytes, totalDeadline) }

    func uploadWrote(_ count: Int?) {
        if let count { exchange.wrote(count) } else { exchange.brokeUpload() }
    }

    func uploadConsumesBody() {
        exchange.consumedBody()
    }

    func completeUpload() {
        exchange.completedUpload()
        guard !exchange.hasAnswerBegun else { return }
        firstByteDeadline = loop.now + timeouts.firstByte
        channel.changeReadDeadline(to: min(firstByteDeadline, totalDeadline))
    }

    /// The request cannot be completed; whoever waits for the answer learns why.
    func failUpload(_ error: ClientError) {
        exchange.failedUpload(error)
        channel.close()
    }

    // MARK: Receiving the head

    /// Until when a wait for the head may last.
    var headDeadline: Deadline {
        let limit = exchange.hasAnswerBegun ? loop.now + timeouts.betweenBytes : firstByteDeadline
        return min(limit, totalDeadline, continueDeadline ?? .distantFuture)
    }

    /// To have a wait end with the cancellation of its task costs more than the rest of it, so a head that is due soon is
    /// waited for without. Nil where the upload may move the deadline.
    var briefWait: Deadline? {
        guard exchange.isUploadComplete else { return nil }
        let end = loop.now + Self.uncancelledWait
        return end < headDeadline ? end : nil
    }

    private static let uncancelledWait = Nanoseconds(.milliseconds(20))

    /// Reads what is there without waiting; nil when more must come.
    func readHead() -> Progress? {
        while true {
            switch channel.read(into: scratch.input) {
            case .bytes(let count):
                exchange.received(count)
                if let progress = takeHead(UnsafeRawBufferPointer(rebasing: scratch.input[..<count])) {
                    return progress
                }
            case .wouldBlock: return nil
            case .end, .failed: return lost()
            }
        }
    }

    func resumeHead(_ wake: Channel.Wake) -> Progress? {
        switch wake {
        case .ready: return readHead()
        case .closed: return lost()
        case .cancelled:
            // One that was meant for an earlier request on this connection changes nothing.
            return Task.isCancelled ? fail(.cancelled) : readHead()
        case .timedOut:
            if let continueDeadline, continueDeadline <= loop.now {
                startUpload()
                return readHead()
            }
            if totalDeadline <= loop.now { return fail(.timedOut(.total)) }
            return fail(.timedOut(exchange.hasAnswerBegun ? .body : .firstByte))
        }
    }

    /// The usual case parses in the loop's shared buffer; only an incomplete head is copied aside.
    private func takeHead(_ bytes: UnsafeRawBufferPointer) -> Progress? {
        do throws(ParseFailure) {
            if received.isEmpty, let length = try parser.parse(bytes) {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[length...])
                guard parser.isInterim else {
                    return answer(UnsafeRawBufferPointer(rebasing: bytes[..<length]), rest: rest)
                }
                try takeInterim(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
                received.append(rest)
                return received.isEmpty ? nil : try parseReceived()
            }
            let isFirst = received.isEmpty
            received.append(bytes)
            return isFirst ? nil : try parseReceived()
        } catch {
            return fail(.malformedResponse(error.message))
        }
    }

    private func parseReceived() throws(ParseFailure) -> Progress? {
        while true {
            let held = received
            let outcome = held.withBytes { bytes in
                Result { () throws(ParseFailure) in try parser.parse(bytes) }
            }
            guard let length = try outcome.get() else { return nil }
            received.drop(length)
            if parser.isInterim {
                let taken = held.withBytes { bytes in
                    Result { () throws(ParseFailure) in
                        try takeInterim(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
                    }
                }
                try taken.get()
            } else {
                return held.withBytes { bytes in
                    answer(
                        UnsafeRawBufferPointer(rebasing: bytes[..<length]),
                        rest: UnsafeRawBufferPointer(rebasing: bytes[length...]))
                }
            }
            if received.isEmpty { return nil }
        }
    }

    private func takeInterim(_ head: UnsafeRawBufferPointer) throws(ParseFailure) {
        interimCount += 1
        guard interimCount <= part.limits.interimResponses else { throw .malformed("too many interim responses") }
        if parser.status.code == 100, continueDeadline != nil { startUpload() }
        if let interims, InterimAnswer.isAnnounced(parser.status) {
            var headers = parser.takeHeaders(head)
            headers.removeHopByHopFields()
            interims.value.sendInterim(parser.status, headers)
        }
        parser.reset()
    }

    private func answer(_ head: UnsafeRawBufferPointer, rest: UnsafeRawBufferPointer) -> Progress {
        let declaredLength = parser.framing.contentLength
        exchange.completedHead(keepsConnection: parser.keepsConnection(method: method))
        decoder = ResponseBodyDecoder(parser.bodyFraming(method: method))
        let status = parser.status
        let headers = parser.takeHeaders(head)
        received.removeAll()
        received.append(rest)
        continueDeadline = nil
        do throws(ParseFailure) {
            let block = try decoder.next(from: &received)
            guard !decoder.isEnded else {
                end()
                let body = ClientResponseBody(source: block.map { .bytes($0) } ?? .empty)
                return .answer(ClientResponse(status: status, headers: headers, body: body))
            }
            let reader = ResponseReader(self, exchange: exchanges, first: block, declaredLength: declaredLength)
            let body = ClientResponseBody(source: .stream(LoopBound(reader, on: loop)))
            return .answer(ClientResponse(status: status, headers: headers, body: body))
        } catch {
            return fail(.malformedResponse(error.message))
        }
    }

    // MARK: Receiving the body

    /// The next block of the body; nil at its end. `exchange` tells whose body it is: the connection may have gone on.
    func nextBlock(of exchange: Int) async throws(ClientError) -> [UInt8]? {
        while current == exchange {
            do throws(ParseFailure) {
                if let block = try decoder.next(from: &received) {
                    if decoder.isEnded { end() }
                    return block
                }
            } catch {
                throw abort(.malformedResponse(error.message))
            }
            if decoder.isEnded {
                end()
                return nil
            }
            switch receive() {
            case .bytes: continue
            case .wouldBlock: try await waitForBody()
            case .end:
                guard decoder.connectionEnded() else { throw bodyLost() }
                end()
            case .failed: throw bodyLost()
            }
        }
        return nil
    }

    /// Nobody reads the rest of this body.
    func abandonBody(of exchange: Int) {
        if current == exchange { abandon() }
    }

    /// Long bodies are read straight into the array that the consumer gets; short pieces are copied to their size.
    private func receive() -> Channel.ReadOutcome {
        guard lastReadCount >= Self.blockBytes / 4, decoder.appetite >= Self.blockBytes / 4 else {
            let outcome = channel.read(into: scratch.input)
            if case .bytes(let count) = outcome {
                lastReadCount = count
                received.append(UnsafeRawBufferPointer(rebasing: scratch.input[..<count]))
            }
            return outcome
        }
        var outcome = Channel.ReadOutcome.wouldBlock
        let block = [UInt8](unsafeUninitializedCapacity: min(Self.blockBytes, decoder.appetite)) { buffer, count in
            outcome = channel.read(into: UnsafeMutableRawBufferPointer(buffer))
            if case .bytes(let read) = outcome { count = read }
        }
        if case .bytes(let count) = outcome {
            lastReadCount = count
            received.append(block: block)
        }
        return outcome
    }

    private func waitForBody() async throws(ClientError) {
        switch await channel.waitUntilReadableOrCancelled(until: betweenBytesDeadline) {
        case .ready: return
        case .closed: throw current == nil ? .cancelled : bodyLost()
        case .cancelled: if Task.isCancelled { throw abort(.cancelled) }
        case .timedOut: throw abort(.timedOut(totalDeadline <= loop.now ? .total : .body))
        }
    }

    private func bodyLost() -> ClientError {
        if case .fail(let error) = exchange.lost() { return abort(error) }
        return abort(.connectionLost(afterResponseBegan: true))
    }

    // MARK: Ending

    /// The answer is complete: the connection goes back to the pool when all is in order.
    private func end() {
        let isKept = exchange.completedAnswer(hasMoreBytes: !received.isEmpty) && !channel.isPeerClosed
        guard isKept else { return abandon() }
        current = nil
        upload = nil
        interims = nil
        part.takeBack(self)
    }

    private func lost() -> Progress {
        guard case .fail(let error) = exchange.lost() else {
            leave()
            return .repeatRequest
        }
        return fail(error)
    }

    private func fail(_ error: ClientError) -> Progress { .failed(abort(error)) }

    private func abort(_ error: ClientError) -> ClientError {
        abandon()
        return error
    }

    /// Ends the connection, whatever it is doing, and gives its slot back.
    private func abandon() {
        guard current != nil else { return }
        leave()
        part.slotFreed(origin)
    }

    /// Ends the connection; its slot stays with the request.
    private func leave() {
        current = nil
        interims = nil
        upload?.stop()
        upload = nil
        close()
    }

    func close() {
        channel.close()
    }
}
