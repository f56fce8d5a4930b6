import CCurl
import CLinux
import Glibc
import Loop

/// What libcurl tells a transfer. Nothing here may call libcurl.
extension CurlTransfer {
    /// The socket for an address that libcurl is about to connect to: the last word on where a request goes.
    func openSocket(_ address: IPAddress?, family: Int32, type: Int32, protocolNumber: Int32) -> curl_socket_t {
        guard rules.permits(address) else {
            isAddressRefused = true
            return ccurl_bad_socket()
        }
        isAddressPermitted = true
        return clinux_socket(family, type, protocolNumber)
    }

    /// A connection is about to carry the request, a kept one perhaps, whose address is judged like that of a new one;
    /// false stops the transfer.
    func connected(to peer: String) -> Bool {
        guard rules.permits(IPAddress(peer)) else {
            failure = .refusedDestination("'\(host)' has no public address")
            return false
        }
        timeline.enter(body.isEmpty ? .awaiting : .sending, at: loop.now)
        armTimer()
        startUpload()
        return true
    }

    /// A line of the head; false stops the transfer.
    func receivedHeadLine(_ line: UnsafeRawBufferPointer) -> Bool {
        switch head.take(line) {
        case .more: break
        case .complete:
            if !isHead, let declaredLength, declaredLength > maximumBody {
                failure = .bodyTooLarge(limit: maximumBody)
                return false
            }
            hasHead = true
            wakeReader()
        case .tooLarge:
            failure = .malformedResponse("the head has more than \(limits.headBytes) bytes")
            return false
        case .malformed:
            failure = .malformedResponse("the head has a line that is not a field")
            return false
        }
        // An interim answer is not what is waited for.
        if head.status.code >= 200 { receivedSomething() }
        return true
    }

    /// A piece of the body; what to answer to libcurl.
    func receivedBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        receivedSomething()
        switch inbox.arrived(bytes) {
        case .taken:
            wakeReader()
            return bytes.count
        case .pause: return ccurl_write_pause()
        case .tooLarge:
            failure = .bodyTooLarge(limit: maximumBody)
            return 0
        }
    }

    private func receivedSomething() {
        guard timeline.phase != .receiving else { return timeline.progressed(at: loop.now) }
        timeline.enter(.receiving, at: loop.now)
        armTimer()
    }

    /// Fills `buffer` with what is next of the request's body; what to answer to libcurl.
    func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        timeline.progressed(at: loop.now)
        switch outbox.send(into: buffer) {
        case .bytes(let count, let isSourceFree):
            if isSourceFree { wakeSource() }
            if outbox.sent == body.length { sentBody() }
            return count
        case .pause: return ccurl_read_pause()
        case .end:
            sentBody()
            return 0
        }
    }

    private func sentBody() {
        guard timeline.phase == .sending else { return }
        timeline.enter(.awaiting, at: loop.now)
        armTimer()
    }

    func rewindBody(to position: Int) -> Bool {
        outbox.rewind(to: position)
    }
}
