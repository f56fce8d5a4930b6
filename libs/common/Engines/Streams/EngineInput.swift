import Glibc
import Loop

/// A program's standard input. A write waits until the program has made room.
public final class EngineInput: Sendable {
    private struct State {
        var descriptor: Int32
        var isClosed = false
        var isWriting = false
    }

    private let state: Locked<State>
    private let loop: EventLoop
    private let hold: RunHold?
    private let turnstile = Turnstile()

    /// Takes the descriptor over; below 0 for an input that was never open.
    init(_ descriptor: Int32, on loop: EventLoop, hold: RunHold?) {
        self.hold = hold
        state = Locked(State(descriptor: descriptor, isClosed: descriptor < 0))
        self.loop = loop
    }

    deinit {
        close()
    }

    /// Writes all bytes, whole among those of other tasks. Throws `inputClosed` when the program reads no more, and
    /// `cancelled` when the task is.
    public func write(_ bytes: [UInt8]) async throws(EngineError) {
        let result = await turnstile.pass { await writeAll(bytes) }
        try result.get()
    }

    public func write(line: String) async throws(EngineError) {
        try await write(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    /// Lets the program see the end of its input.
    public func close() {
        let descriptor = state.withLock { state in
            state.isClosed = true
            guard !state.isWriting else { return Int32(-1) }
            defer { state.descriptor = -1 }
            return state.descriptor
        }
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    private func writeAll(_ bytes: [UInt8]) async -> Result<Void, EngineError> {
        let descriptor = state.withLock { state in
            state.isWriting = !state.isClosed
            return state.isClosed ? -1 : state.descriptor
        }
        guard descriptor >= 0 else { return .failure(.inputClosed) }
        defer { endWriting() }
        var offset = 0
        while offset < bytes.count {
            guard !Task.isCancelled else { return .failure(.cancelled) }
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + offset, $0.count - offset) }
            if count > 0 {
                offset += count
            } else if errno == EAGAIN {
                await DescriptorWait(on: loop).wait(for: .writable, of: descriptor)
            } else if errno != EINTR {
                return .failure(.inputClosed)
            }
        }
        return .success(())
    }

    /// Whoever closed meanwhile left the descriptor to the writer.
    private func endWriting() {
        let isClosed = state.withLock { state in
            state.isWriting = false
            return state.isClosed
        }
        if isClosed { close() }
    }
}
