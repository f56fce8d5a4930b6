import CLinux
import Glibc
import Loop

/// Reads and writes, none of which wait.
extension Channel {
    func read(into buffer: UnsafeMutableRawBufferPointer) -> ReadOutcome {
        guard !isClosed else { return .failed }
        guard isReadable else { return .wouldBlock }
        guard readTurn.left(in: loop.turn) > 0 else {
            sitOutReading()
            return .wouldBlock
        }
        if let tls { return readSecurely(tls, into: buffer) }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                readTurn.used(count)
                // A short read empties the socket; the next bytes make a new edge. After the peer's end there is none.
                if count < buffer.count, !isPeerClosed { isReadable = false }
                return .bytes(count)
            }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return .failed }
            isReadable = false
            return .wouldBlock
        }
    }

    /// Whether the socket's bytes are those that are read here.
    var canSplice: Bool { tls == nil }

    /// Moves what was received into a pipe. Whether it is the socket or the pipe that would block is known when the
    /// pipe is empty. A full pipe ends the connection's turn, so there is no other share to keep to.
    func splice(into pipe: Int32, upTo count: Int, pipeIsEmpty: Bool) -> ReadOutcome {
        guard !isClosed else { return .failed }
        guard isReadable else { return .wouldBlock }
        while true {
            let moved = clinux_splice_to_pipe(descriptor, pipe, count)
            if moved > 0 { return .bytes(moved) }
            if moved == 0 { return .end }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return .failed }
            if pipeIsEmpty { isReadable = false }
            return .wouldBlock
        }
    }

    /// Nothing more is read in this turn, whatever there is.
    func sitOutReading() {
        isReadable = false
        isSittingOut = true
        loop.onNextTurn {
            self.isSittingOut = false
            self.ready(.readable)
        }
    }

    /// How much may be written now; 0 also when that is for the next turn.
    private func writable(_ count: Int) -> Int {
        guard isWritable else { return 0 }
        let share = min(count, writeTurn.left(in: loop.turn))
        if share == 0, count > 0 {
            isWritable = false
            loop.onNextTurn { self.ready(.writable) }
        }
        return share
    }

    func wrote(_ count: Int, of attempted: Int) {
        writeTurn.used(count)
        if count < attempted { isWritable = false }
    }

    /// How many bytes were taken; nil when the connection is broken.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard !isClosed else { return nil }
        let share = writable(bytes.count)
        guard share > 0 else { return 0 }
        if let tls { return writeSecurely(tls, UnsafeRawBufferPointer(rebasing: bytes[..<share])) }
        while true {
            let count = send(descriptor, bytes.baseAddress, share, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                wrote(count, of: share)
                return count
            }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return nil }
            isWritable = false
            return 0
        }
    }

    /// Head and body in one call of the system.
    func write(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) -> Int? {
        guard !isClosed else { return nil }
        let share = writable(head.count + body.count)
        guard share > 0 else { return 0 }
        let headShare = min(head.count, share)
        if let tls {
            return writeSecurely(
                tls, UnsafeRawBufferPointer(rebasing: head[..<headShare]),
                UnsafeRawBufferPointer(rebasing: body[..<(share - headShare)]))
        }
        var parts = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: headShare),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: share - headShare)
        )
        return withUnsafeMutablePointer(to: &parts) { pointer in
            pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vectors in
                var message = msghdr()
                message.msg_iov = vectors
                message.msg_iovlen = 2
                while true {
                    let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                    if count >= 0 {
                        wrote(count, of: share)
                        return count
                    }
                    if errno == EINTR { continue }
                    guard errno == EAGAIN else { return nil }
                    isWritable = false
                    return 0
                }
            }
        }
    }

    enum SendFileOutcome {
        case sent(Int)
        case wouldBlock
        case fileEnded
        case failed
    }

    func sendFile(_ file: Int32, offset: Int64, count: Int) -> SendFileOutcome {
        guard !isClosed else { return .failed }
        let share = writable(count)
        guard share > 0 else { return .wouldBlock }
        if let tls { return sendFileSecurely(tls, file, offset: offset, count: share) }
        while true {
            let sent = clinux_sendfile(descriptor, file, offset, share)
            if sent > 0 {
                wrote(sent, of: share)
                return .sent(sent)
            }
            if sent == 0 { return .fileEnded }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return .failed }
            isWritable = false
            return .wouldBlock
        }
    }

    /// Whether the kernel keeps a segment that is not full for what is to follow.
    func holdPartialSegments(_ holds: Bool) {
        guard !isClosed else { return }
        var value: Int32 = holds ? 1 : 0
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// No more bytes will be sent; the peer reads an end.
    func finishWriting() {
        guard !isClosed else { return }
        if !endsBroken { tls?.sayGoodbye() }
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
