import CTLS
import Loop

/// A channel whose bytes are encrypted on their way. Nothing above the channel knows.
extension Channel {
    /// From here on TLS is spoken, beginning with the client's hello. Until both have agreed nobody is woken but by the
    /// end of the wait.
    func secure(_ session: TLSSession) {
        tls = session
        isReadable = false
    }

    /// What ALPN agreed on, once there is something to read.
    var negotiatedProtocol: String? { tls?.negotiatedProtocol }

    func readySecurely(_ readiness: Readiness, _ tls: TLSSession) {
        var readiness = readiness
        if readiness.contains(.writable) {
            switch tls.flush() {
            case 1: break
            case Int32(CTLS_WOULD_BLOCK): readiness.remove(.writable)
            default: readiness.insert(.failed)
            }
        }
        if !readiness.isDisjoint(with: [.readable, .peerClosed, .failed]) {
            tls.mayRead(isPeerClosed: !readiness.isDisjoint(with: [.peerClosed, .failed]))
            guard tls.isEstablished else { return Handshakes.of(loop).add(self) }
        }
        if tls.isEstablished { heed(readiness) }
    }

    func continueHandshake() {
        guard !isClosed, let tls, !tls.isEstablished else { return }
        switch tls.handshake() {
        case .more: return
        case .done:
            let end: Readiness = tls.isPeerClosed ? .peerClosed : []
            if tls.hasMore { heed(end.union(.readable)) }
        case .failed where tls.heardHTTP:
            heardPlainHTTP = true
            self.tls = nil
            heed(.readable)
        case .failed: unpark(.closed)
        }
    }

    func readSecurely(_ tls: TLSSession, into buffer: UnsafeMutableRawBufferPointer) -> ReadOutcome {
        let count = tls.read(into: buffer)
        switch count {
        case Int(CTLS_WOULD_BLOCK):
            isReadable = false
            return .wouldBlock
        case Int(CTLS_END): return .end
        case Int(CTLS_BROKEN): return .failed
        default:
            readTurn.used(count)
            if !tls.hasMore { isReadable = false }
            return .bytes(count)
        }
    }

    func writeSecurely(
        _ tls: TLSSession, _ head: UnsafeRawBufferPointer,
        _ body: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> Int? {
        let count = tls.write(head, body)
        guard count >= 0 else { return nil }
        wrote(count, of: head.count + body.count)
        return count
    }

    func sendFileSecurely(_ tls: TLSSession, _ file: Int32, offset: Int64, count: Int) -> SendFileOutcome {
        let sent = tls.sendFile(file, offset: offset, count: count)
        switch sent {
        case Int(CTLS_WOULD_BLOCK):
            isWritable = false
            return .wouldBlock
        case Int(CTLS_END): return .fileEnded
        case Int(CTLS_BROKEN), Int(CTLS_UNREADABLE): return .failed
        default:
            wrote(sent, of: count)
            return .sent(sent)
        }
    }
}
