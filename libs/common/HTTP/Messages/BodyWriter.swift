import Loop

/// Writes a streamed response's body. `write` returns when the socket has taken the bytes, so a slow client slows the
/// producer and memory stays flat.
public struct BodyWriter: Sendable {
    let sink: LoopBound<StreamSink>

    public func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await sink.value.write(bytes)
    }

    public func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }
}

/// The client went away, or took too long to take the bytes.
public enum WriteError: Error, Sendable {
    case disconnected
    case timedOut
    /// More bytes were written than were declared, or after the end.
    case lengthExceeded
}

/// The sending end of one streamed body; each protocol has its own.
class StreamSink {
    private(set) final var remaining: Int?
    private(set) final var sent = 0
    private final var isEnded = false
    private final var isWriting = false
    private final var waiting: [UnsafeContinuation<Void, Never>] = []

    init(length: Int?) {
        remaining = length
    }

    final func write(_ bytes: [UInt8]) async throws {
        await beginWriting()
        defer { endWriting() }
        guard !isEnded else { throw WriteError.lengthExceeded }
        if let remaining {
            guard bytes.count <= remaining else { throw WriteError.lengthExceeded }
            self.remaining = remaining - bytes.count
        }
        sent += bytes.count
        try await put(bytes)
    }

    /// Sends one block, waiting for the client as long as it may take.
    func put(_ bytes: [UInt8]) async throws {}

    final func end() {
        isEnded = true
    }

    /// Child tasks of a handler may write side by side; each block goes out whole.
    private func beginWriting() async {
        if isWriting { await withUnsafeContinuation { waiting.append($0) } }
        isWriting = true
    }

    private func endWriting() {
        if waiting.isEmpty {
            isWriting = false
        } else {
            // Stays taken: the next writer has it from here.
            waiting.removeFirst().resume()
        }
    }
}
