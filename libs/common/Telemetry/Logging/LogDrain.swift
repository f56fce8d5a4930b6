import CLinux
import Glibc
import Synchronization

/// The buffer between those who log and the thread that writes to the descriptor.
final class LogDrain: Sendable {
    private struct State: Sendable {
        var pending: [UInt8] = []
        var dropped = 0
        var isWriting = false
        var isStopping = false
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
        state.change {
            if $0.pending.count + line.count <= capacity {
                $0.pending.append(contentsOf: line)
            } else {
                $0.dropped += 1
                dropped.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    /// Runs on the background thread until stopped, and then until the buffer is empty.
    func run() {
        var batch: [UInt8] = []
        while take(&batch) {
            writeAll(batch)
            state.change { $0.isWriting = false }
        }
    }

    func stop() { state.change { $0.isStopping = true } }

    func waitUntilEmpty(timeout: Duration) -> Bool {
        state.wait(timeout: timeout) { $0.pending.isEmpty && $0.dropped == 0 && !$0.isWriting ? true : nil } ?? false
    }

    /// Waits for bytes and swaps them for the emptied batch, so that the two buffers are used over and over.
    private func take(_ batch: inout [UInt8]) -> Bool {
        // A burst should not keep its memory for good.
        batch.removeAll(keepingCapacity: batch.capacity <= 64 * 1024)
        let dropped = state.wait { state -> Int? in
            if state.pending.isEmpty && state.dropped == 0 { return state.isStopping ? -1 : nil }
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
