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

/// The sending end of one streamed body.
final class StreamSink {
    private let connection: ServerConnection
    private let isChunked: Bool
    private var remaining: Int?
    private(set) var sent = 0
    private var isEnded = false
    private var head: [UInt8]?
    private var isWriting = false
    private var waiting: [UnsafeContinuation<Void, Never>] = []

    init(connection: ServerConnection, length: Int?, isChunked: Bool, head: [UInt8]) {
        self.connection = connection
        self.isChunked = isChunked
        self.head = head
        remaining = length
    }

    var hasUnsentHead: Bool { head != nil }

    func write(_ bytes: [UInt8]) async throws {
        await beginWriting()
        defer { endWriting() }
        guard !isEnded else { throw WriteError.lengthExceeded }
        if let remaining {
            guard bytes.count <= remaining else { throw WriteError.lengthExceeded }
            self.remaining = remaining - bytes.count
        }
        sent += bytes.count
        guard isChunked || head != nil else { return try await connection.send(bytes) }
        var framed = takeHead()
        guard isChunked else { return try await connection.send(framed + bytes) }
        framed.reserveCapacity(framed.count + bytes.count + 20)
        framed.append(contentsOf: String(bytes.count, radix: 16).utf8)
        framed.append(contentsOf: [0x0d, 0x0a])
        framed.append(contentsOf: bytes)
        framed.append(contentsOf: [0x0d, 0x0a])
        try await connection.send(framed)
    }

    /// False when fewer bytes came than were declared: the connection must not pretend completeness.
    func finish() async throws -> Bool {
        isEnded = true
        if let remaining, remaining > 0 { return false }
        let rest = takeHead() + (isChunked ? Array("0\r\n\r\n".utf8) : [])
        if !rest.isEmpty { try await connection.send(rest) }
        return true
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

    private func takeHead() -> [UInt8] {
        defer { head = nil }
        return head ?? []
    }

    func end() {
        isEnded = true
    }
}
