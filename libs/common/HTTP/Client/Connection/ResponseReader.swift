import Loop

/// The body of an answer that is still arriving: holds its connection until the end.
final class ResponseReader: ResponseBodySource {
    let declaredLength: Int?
    private let connection: LoopBound<ClientConnection>
    private let exchange: Int
    private var first: [UInt8]?
    private var isReading = false
    private var isDone = false

    init(_ connection: ClientConnection, exchange: Int, first: [UInt8]?, declaredLength: Int?) {
        self.connection = LoopBound(connection, on: connection.loop)
        self.exchange = exchange
        self.first = first
        self.declaredLength = declaredLength
    }

    func next() async throws(ClientError) -> [UInt8]? {
        if let block = first {
            first = nil
            return block
        }
        if isDone { return nil }
        guard !isReading else { throw .invalidRequest("two tasks read one body") }
        isReading = true
        defer { isReading = false }
        do throws(ClientError) {
            let block = try await connection.value.nextBlock(of: exchange)
            if block == nil { isDone = true }
            return block
        } catch {
            isDone = true
            throw error
        }
    }

    func abandon() {
        isDone = true
        connection.value.abandonBody(of: exchange)
    }

    /// Dropped, on whatever thread: the rest of the body is in the way of the next answer.
    deinit {
        guard !isDone else { return }
        let (connection, exchange) = (connection, exchange)
        if connection.loop.isCurrent {
            connection.value.abandonBody(of: exchange)
        } else {
            // A loop that has ended runs this here, and its connections are gone with it.
            connection.loop.execute { if connection.loop.isCurrent { connection.value.abandonBody(of: exchange) } }
        }
    }
}
