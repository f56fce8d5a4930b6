/// Sends one streamed body over a connection of HTTP/1.1.
final class ConnectionSink: StreamSink {
    private let connection: ServerConnection
    private let isChunked: Bool
    private var head: [UInt8]?

    init(connection: ServerConnection, length: Int?, isChunked: Bool, head: [UInt8]) {
        self.connection = connection
        self.isChunked = isChunked
        self.head = head
        super.init(length: length)
    }

    var hasUnsentHead: Bool { head != nil }

    override func put(_ bytes: [UInt8]) async throws {
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
        end()
        if let remaining, remaining > 0 { return false }
        let rest = takeHead() + (isChunked ? Array("0\r\n\r\n".utf8) : [])
        if !rest.isEmpty { try await connection.send(rest) }
        return true
    }

    private func takeHead() -> [UInt8] {
        defer { head = nil }
        return head ?? []
    }
}
