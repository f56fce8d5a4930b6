import Loop

/// What the body reader and the senders use.
extension ServerConnection {
    enum Receive {
        case received(Int)
        case wouldBlock
        case ended
    }

    /// Reads from the socket into a fresh block of its own.
    func receive(upTo wanted: Int) -> Receive {
        var outcome = Receive.ended
        let block = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            switch channel.read(into: UnsafeMutableRawBufferPointer(buffer)) {
            case .bytes(let received):
                count = received
                outcome = .received(received)
            case .wouldBlock: outcome = .wouldBlock
            case .end, .failed: outcome = .ended
            }
        }
        guard case .received = outcome else { return outcome }
        if pendingStart == pending.count {
            pending = block
            pendingStart = 0
        } else {
            pending.append(contentsOf: block)
        }
        return outcome
    }

    var pendingCount: Int { pending.count - pendingStart }

    /// Up to `maximum` bytes that were received already; nil when there are none.
    func takePending(upTo maximum: Int) -> [UInt8]? {
        let available = pendingCount
        guard available > 0, maximum > 0 else { return nil }
        if pendingStart == 0, available <= maximum {
            defer { pending = [] }
            return pending
        }
        let taken = min(available, maximum)
        defer { dropPending(taken) }
        return Array(pending[pendingStart..<pendingStart + taken])
    }

    func takePending(decoding decoder: inout ChunkedDecoder) throws(ParseFailure) -> (block: [UInt8]?, isEnd: Bool) {
        var block: [UInt8] = []
        var isEnd = false
        var offset = pendingStart
        var failure: ParseFailure?
        pending.withUnsafeBytes { bytes in
            do throws(ParseFailure) {
                decoding: while true {
                    switch try decoder.next(bytes, &offset) {
                    case .data(let range): block.append(contentsOf: bytes[range])
                    case .needsMore: break decoding
                    case .end:
                        isEnd = true
                        break decoding
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        dropPending(offset - pendingStart)
        return (block.isEmpty ? nil : block, isEnd)
    }

    func sendContinue() async throws {
        try await send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    func poison() {
        isPoisoned = true
    }

    var limits: ServerLimits { server.limits }
    var outputScratch: LoopScratch { scratch }

    /// Sends all of it, waiting for the client as long as its allowance lasts.
    func send(_ bytes: [UInt8]) async throws {
        guard let sent = bytes.withUnsafeBytes({ channel.write($0) }) else { throw WriteError.disconnected }
        if sent < bytes.count { try await sendRest(bytes, from: sent) }
    }

    func sendRest(_ bytes: [UInt8], from start: Int) async throws {
        var offset = start
        var allowance = TransferAllowance(
            base: limits.writeTimeout, slowestBytesPerSecond: limits.slowestBytesPerSecond)
        while offset < bytes.count {
            try await waitUntilWritable(&allowance)
            let sent = bytes.withUnsafeBytes { channel.write(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
            guard let sent else { throw WriteError.disconnected }
            allowance.moved(sent)
            offset += sent
        }
    }

    func waitUntilWritable(_ allowance: inout TransferAllowance) async throws {
        let start = loop.now
        let wake = await channel.waitUntilWritable(until: allowance.deadline(from: start))
        allowance.waited(from: start, to: loop.now)
        switch wake {
        case .ready: return
        case .timedOut: throw WriteError.timedOut
        case .cancelled, .closed: throw WriteError.disconnected
        }
    }
}
