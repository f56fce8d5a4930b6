import CNGHTTP2
import Loop

/// What may not take for ever.
extension HTTP2Connection {
    /// One timer serves all deadlines. One that moves later is noticed when the timer fires. It ends with the connection; a
    /// weak reference would make every other one dear.
    func arm(_ deadline: Deadline) {
        guard deadline < timerDeadline, phase != .closed else { return }
        if let timer { loop.cancel(timer) }
        timerDeadline = deadline
        timer = loop.schedule(at: deadline) { [unowned self] in timerFired() }
    }

    /// From a head's first frame to its last there is as much time as for one of HTTP/1.1.
    func timeHead() {
        guard watch.isMidHead else {
            headDeadline = .distantFuture
            return
        }
        guard headDeadline == .distantFuture || timedHead != watch.heads else { return }
        timedHead = watch.heads
        headDeadline = loop.now + server.timeouts.header
        arm(headDeadline)
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .distantFuture
        let now = loop.now
        if phase == .lingering || phase == .ending {
            if lingerDeadline <= now { return lose() }
        } else if headDeadline <= now {
            headDeadline = .distantFuture
            terminate(NGHTTP2_ENHANCE_YOUR_CALM)
        } else if idleDeadline <= now {
            idleDeadline = .distantFuture
            leave()
        }
        var earliest = min(idleDeadline, headDeadline, lingerDeadline)
        for stream in Array(streams.values) { earliest = min(earliest, stream.checkTime(now)) }
        arm(earliest)
    }
}
