import CLinux
import Glibc
import Loop
import Synchronization

/// The buffer between those who log and the thread that writes to the descriptor.
final class LogDrain: Sendable {
    private struct State: Sendable {
        var pending: [UInt8] = []
        var dropped = 0
        var isWriting = false
        var isStopping = false
        /// The thread waits for anything at all, so that whoever comes first must wake it.
        var isIdle = false
        /// Somebody waits until the buffer is empty.
        var flushes = 0

        var isEmpty: Bool { pending.isEmpty && dropped == 0 }
    }

    private let descriptor: Int32
    private let renderer: LogRenderer
    private let capacity: Int
    private let now: @Sendable () -> UnixTime
    private let state = Monitor(State())
    private let dropped = Atomic<Int>(0)

    init(descriptor: Int32, renderer: LogRenderer, capacity: Int, now: @escaping @Sendable () -> UnixTime) {
        self.descriptor = descriptor
        self.renderer = renderer
        self.capacity = capacity
        self.now = now
    }

    var droppedTotal: Int { dropped.load(ordering: .relaxed) }

    func append(_ record: LogRecord) {
        var line: [UInt8] = []
        line.reserveCapacity(384)
        renderer.render(record, into: &line)
        let wakes = state.withLock { state in
            let wasHalfFull = state.pending.count > capacity / 2
            if state.pending.count + line.count <= capacity {
                state.pending.append(contentsOf: line)
            } else {
                state.dropped += 1
                dropped.wrappingAdd(1, ordering: .relaxed)
            }
            defer { state.isIdle = false }
            return state.isIdle || !wasHalfFull && state.pending.count > capacity / 2
        }
        if wakes { state.wakeAll() }
    }

    func start() throws(LoopError) { pthread_detach(try startThread(named: "log") { self.run() }) }

    /// Runs on the background thread until stopped, and then until the buffer is empty.
    private func run() {
        var batch: [UInt8] = []
        while take(&batch) {
            writeAll(batch)
            state.change { $0.isWriting = false }
            linger()
        }
    }

    func stop() { state.change { $0.isStopping = true } }

    func waitUntilEmpty(timeout: Duration) -> Bool {
        state.change { $0.flushes += 1 }
        defer { state.withLock { $0.flushes -= 1 } }
        return state.wait(timeout: timeout) { $0.isEmpty && !$0.isWriting ? true : nil } ?? false
    }

    /// Lets a few milliseconds' records gather, since to wake this thread for each costs more than to write it.
    private func linger() {
        _ = state.wait(timeout: .milliseconds(5)) {
            $0.isStopping || $0.flushes > 0 || $0.pending.count > capacity / 2 ? true : nil
        }
    }

    /// Waits for bytes and swaps them for the emptied batch, so that the two buffers are used over and over.
    private func take(_ batch: inout [UInt8]) -> Bool {
        // A burst should not keep its memory for good.
        batch.removeAll(keepingCapacity: batch.capacity <= 64 * 1024)
        let dropped = state.wait { state -> Int? in
            state.isIdle = state.isEmpty
            if state.isEmpty { return state.isStopping ? -1 : nil }
            swap(&state.pending, &batch)
            defer { state.dropped = 0 }
            state.isWriting = true
            return state.dropped
        }
        guard let dropped, dropped >= 0 else { return false }
        if dropped > 0 {
            let fields: LogFields = ["dropped": .int(dropped)]
            let record = LogRecord(time: now(), level: .warning, event: "log_records_dropped", fields: fields)
            renderer.render(record, into: &batch)
        }
        return true
    }

    /// Gives up only when the descriptor is broken: then there is nowhere to say so.
    private func writeAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if written > 0 {
                    offset += written
                } else if written < 0 && errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, 1000)
                } else if written < 0 && errno != EINTR {
                    return
                }
            }
        }
    }
}
