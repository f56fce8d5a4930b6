import Loop

/// Reading a request's head.
extension ServerConnection {
    /// Reads what is there without waiting; nil when more must come.
    func readHead() -> HeadOutcome? {
        do throws(ParseFailure) {
            if activity == .serving {
                activity = .idle
                parser.reset()
                if pendingStart < pending.count {
                    beginHead()
                    hasUnparsed = true
                }
            }
            if hasUnparsed {
                guard turnShare.left(in: loop.turn) > 0 else {
                    channel.sitOutReading()
                    return nil
                }
                turnShare.used(1)
                hasUnparsed = false
                if try parsePending() { return .request }
            }
            while true {
                switch channel.read(into: scratch.input) {
                case .bytes(let count):
                    if activity == .idle { beginHead() }
                    if try parseReceived(count) { return .request }
                case .end, .failed: return .ended
                case .wouldBlock:
                    return activity == .idle && server.isClosingIdle && hasServed ? .ended : nil
                }
            }
        } catch {
            return .refused(error)
        }
    }

    func beginHead() {
        activity = .readingHead
        headDeadline = loop.now + server.timeouts.header
    }

    /// What a wait for a head has led to.
    func resumeHead(_ wake: Channel.Wake) -> HeadOutcome? {
        switch wake {
        case .ready: return readHead()
        case .timedOut where activity == .idle: return .idle
        case .timedOut:
            return .refused(ParseFailure(.requestTimeout, "request_timeout", "the request's head took too long"))
        case .cancelled, .closed: return .ended
        }
    }

    /// The usual case parses in the loop's shared buffer; only an incomplete head is copied aside.
    func parseReceived(_ count: Int) throws(ParseFailure) -> Bool {
        let received = UnsafeRawBufferPointer(rebasing: scratch.input[..<count])
        guard pending.isEmpty else {
            pending.removeFirst(pendingStart)
            pendingStart = 0
            pending.append(contentsOf: received)
            return try parsePending()
        }
        let length: Int?
        do throws(ParseFailure) {
            length = try parser.parse(received)
        } catch {
            // It may be the preface of HTTP/2.
            if !hasServed { pending.append(contentsOf: received) }
            throw error
        }
        guard let length else {
            pending.append(contentsOf: received)
            return false
        }
        takeHead(received, length)
        if length < count { pending.append(contentsOf: received[length...]) }
        return true
    }

    func parsePending() throws(ParseFailure) -> Bool {
        // Where it lies: moving the rest to the front for every request would cost more than parsing it.
        let parsed = pending.withUnsafeBytes { bytes in
            Result { () throws(ParseFailure) in
                try parser.parse(UnsafeRawBufferPointer(rebasing: bytes[pendingStart...]))
            }
        }
        guard let length = try parsed.get() else { return false }
        pending.withUnsafeBytes { takeHead(UnsafeRawBufferPointer(rebasing: $0[pendingStart...]), length) }
        dropPending(length)
        return true
    }

    func takeHead(_ bytes: UnsafeRawBufferPointer, _ length: Int) {
        headers.bytes.removeAll(keepingCapacity: true)
        headers.bytes.append(contentsOf: bytes.bindMemory(to: UInt8.self)[..<length])
        headers.fields.removeAll(keepingCapacity: true)
        parser.exchangeFields(&headers.fields)
    }

    func dropPending(_ count: Int) {
        pendingStart += count
        if pendingStart == pending.count {
            pending = []
            pendingStart = 0
        }
    }
}
