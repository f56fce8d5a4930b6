import CLinux
import Glibc
import Loop

/// A connected, non-blocking stream socket on one loop: reads and writes that never block, and waits with deadlines.
///
/// Belongs to its loop; nothing here is touched from another thread.
final class Channel: Pollable {
    enum ReadOutcome {
        case bytes(Int)
        case wouldBlock
        case end
        case failed
    }

    enum Wake: Sendable {
        case ready
        case timedOut
        case cancelled
        case closed
    }

    /// What a connection may move in one turn of the loop. A peer that keeps up with us must not keep the loop from the
    /// others: past this the socket counts as not ready until the next turn.
    private static let readBytesPerTurn = 256 * 1024
    private static let writeBytesPerTurn = 2 << 20

    let descriptor: Int32
    let loop: EventLoop
    /// Told when the peer has closed its side or the connection broke, at once, even while nobody reads.
    var onHangUp: (() -> Void)?
    /// Told when bytes or an end arrive, or the time is up, while `park` is in force.
    var onWakeWhileParked: ((Wake) -> Void)?

    private var token: WatchToken?
    var isReadable = true
    var isWritable = true
    /// Readable or not, nothing is read before the next turn.
    var isSittingOut = false
    private(set) var isPeerClosed = false
    private(set) var isClosed = false
    private var reader: UnsafeContinuation<Wake, Never>?
    /// Counts waits to read, so that a cancellation ends the one that it was meant for.
    private var readWait: UInt64 = 0
    private var writer: UnsafeContinuation<Wake, Never>?
    private var isParked = false
    private var readDeadline = Deadline.distantFuture
    private var writeDeadline = Deadline.distantFuture
    private var busyDeadline = Deadline.distantFuture
    private var onBusyTooLong: (() -> Void)?
    private var timer: EventLoop.TimerHandle?
    private var timerDeadline = Deadline.distantFuture
    /// What stands between the bytes here and those of the socket; nil when they are the same.
    var tls: TLSSession?
    /// Plain HTTP came where TLS is spoken.
    var heardPlainHTTP = false
    /// What was sent is not all that was to be sent, so the peer must not be told that it is.
    var endsBroken = false
    var readTurn = TurnShare(Channel.readBytesPerTurn)
    var writeTurn = TurnShare(Channel.writeBytesPerTurn)

    /// Takes over the descriptor, and closes it when watching it fails.
    init(descriptor: Int32, loop: EventLoop) throws(LoopError) {
        self.descriptor = descriptor
        self.loop = loop
        do throws(LoopError) {
            token = try loop.watch(
                descriptor, for: [.readable, .writable, .peerClosed], trigger: .edge, by: self)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// For a socket whose connect is still under way: it is writable once connected.
    func expectConnect() {
        isReadable = false
        isWritable = false
    }

    // MARK: Waiting

    /// Suspends until there is something to read.
    func waitUntilReadable(until deadline: Deadline) async -> Wake {
        await withUnsafeContinuation { resumeWhenReadable($0, until: deadline) }
    }

    /// As `waitUntilReadable`, for a caller that suspends itself.
    func resumeWhenReadable(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Deadline) {
        readWait &+= 1
        // Whoever waited before has lost its place to this one.
        if reader != nil { wakeReader(.cancelled) }
        if isClosed { return continuation.resume(returning: .closed) }
        if isReadable { return continuation.resume(returning: .ready) }
        reader = continuation
        readDeadline = deadline
        armTimer()
    }

    func waitUntilWritable(until deadline: Deadline) async -> Wake {
        if isClosed { return .closed }
        if isWritable { return .ready }
        writeDeadline = deadline
        armTimer()
        return await withUnsafeContinuation { writer = $0 }
    }

    /// As `waitUntilReadable`, and ends early when the task is cancelled.
    func waitUntilReadableOrCancelled(until deadline: Deadline) async -> Wake {
        let bound = LoopBound(self, on: loop)
        let own = readWait &+ 1
        return await withTaskCancellationHandler {
            if Task.isCancelled, !bound.value.hasRestOfPeer { return .cancelled }
            return await bound.value.waitUntilReadable(until: deadline)
        } onCancel: {
            bound.loop.execute {
                let channel = bound.value
                if channel.readWait == own, !channel.hasRestOfPeer { channel.wakeReader(.cancelled) }
            }
        }
    }

    /// All that the peer sent before it closed has come, and only the next turn is waited for. Its closing cancels the
    /// task of a handler, which must read the request's body to its end all the same.
    private var hasRestOfPeer: Bool { isSittingOut && isPeerClosed }

    func waitUntilWritableOrCancelled(until deadline: Deadline) async -> Wake {
        let bound = LoopBound(self, on: loop)
        return await withTaskCancellationHandler {
            if Task.isCancelled { return .cancelled }
            return await bound.value.waitUntilWritable(until: deadline)
        } onCancel: {
            bound.loop.execute { bound.value.wakeWriter(.cancelled) }
        }
    }

    /// Waits without a task: `onWakeWhileParked` is told. An idle connection costs no task's memory this way.
    func park(until deadline: Deadline) {
        isParked = true
        readDeadline = deadline
        armTimer()
        if isReadable { unpark(.ready) }
    }

    /// Brings the end of the present wait for bytes forward.
    func hurry(until deadline: Deadline) {
        readDeadline = min(readDeadline, deadline)
        armTimer()
    }

    /// Takes a parked connection back into use.
    func endPark() {
        isParked = false
        readDeadline = .distantFuture
    }

    /// Changes how long whoever waits to read goes on waiting.
    func changeReadDeadline(to deadline: Deadline) {
        guard reader != nil else { return }
        readDeadline = deadline
        armTimer()
    }

    /// Whether there are bytes or an end to read: asks the socket, not the last event.
    func hasInput() -> Bool {
        guard !isClosed else { return true }
        if let tls, tls.hasBuffered { return true }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count >= 0 || (errno != EAGAIN && errno != EINTR)
    }

    /// The outcome of a connect that was under way, once the socket is writable.
    func connectError() -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code
    }

    /// Tells once when the work that this connection waits for has taken until `deadline`.
    func watchBusy(until deadline: Deadline, _ body: @escaping () -> Void) {
        busyDeadline = deadline
        onBusyTooLong = body
        armTimer()
    }

    func endBusyWatch() {
        busyDeadline = .distantFuture
        onBusyTooLong = nil
    }

    func unpark(_ wake: Wake) {
        guard isParked else { return }
        isParked = false
        readDeadline = .distantFuture
        onWakeWhileParked?(wake)
    }

    private func wakeReader(_ wake: Wake) {
        guard let reader else { return }
        self.reader = nil
        readDeadline = .distantFuture
        reader.resume(returning: wake)
    }

    private func wakeWriter(_ wake: Wake) {
        guard let writer else { return }
        self.writer = nil
        writeDeadline = .distantFuture
        writer.resume(returning: wake)
    }

    // MARK: Events

    func ready(_ readiness: Readiness) {
        if let tls { readySecurely(readiness, tls) } else { heed(readiness) }
    }

    func heed(_ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.readable, .peerClosed, .failed]) {
            isReadable = true
            wakeReader(.ready)
        }
        if !readiness.isDisjoint(with: [.writable, .failed]) {
            isWritable = true
            wakeWriter(.ready)
        }
        if !readiness.isDisjoint(with: [.peerClosed, .failed]), !isPeerClosed {
            isPeerClosed = true
            onHangUp?()
        }
        if isReadable, isParked { unpark(.ready) }
    }

    /// One timer serves all deadlines. A deadline that moves later is noticed when the timer fires, so that a busy
    /// connection never touches the heap.
    private func armTimer() {
        let earliest = min(readDeadline, writeDeadline, busyDeadline)
        guard earliest < timerDeadline else { return }
        if let timer { loop.cancel(timer) }
        timerDeadline = earliest
        timer = loop.schedule(at: earliest) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .distantFuture
        let now = loop.now
        if readDeadline <= now {
            wakeReader(.timedOut)
            unpark(.timedOut)
        }
        if writeDeadline <= now { wakeWriter(.timedOut) }
        if busyDeadline <= now {
            busyDeadline = .distantFuture
            onBusyTooLong?()
        }
        armTimer()
    }

    // MARK: Ending

    /// Closes the socket and wakes whoever waits. Safe to call twice.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let timer { loop.cancel(timer) }
        timer = nil
        if let token { loop.unwatch(token) }
        if let tls, !endsBroken, !isPeerClosed { tls.sayGoodbye() }
        tls = nil
        Glibc.close(descriptor)
        isParked = false
        onHangUp = nil
        onWakeWhileParked = nil
        onBusyTooLong = nil
        wakeReader(.closed)
        wakeWriter(.closed)
    }
}
