import Loop

/// The answer to one of our requests: status and fields are here, the body comes as it is read.
public struct ClientResponse: Sendable {
    public let status: Status
    public var headers: Headers
    public let body: ClientResponseBody

    init(status: Status, headers: Headers, body: ClientResponseBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Where a streamed body's blocks come from. Belongs to one loop.
protocol ResponseBodySource: AnyObject {
    /// The length that the peer declared.
    var declaredLength: Int? { get }
    func next() async throws(ClientError) -> [UInt8]?
    /// Nobody wants the rest.
    func abandon()
}

/// The body of an answer as an asynchronous sequence of byte blocks.
///
/// Nothing is read from the socket before somebody asks, so a slow consumer slows the peer and memory stays flat. Read
/// it once, on the loop that sent the request. Read to its end, the connection serves another request; a body that is
/// dropped earlier closes its connection.
public struct ClientResponseBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    enum Source: Sendable {
        case empty
        case bytes([UInt8])
        case stream(LoopBound<any ResponseBodySource>)
    }

    let source: Source

    /// The length if it is known; nil for a body that comes in chunks or ends with its connection.
    public var declaredLength: Int? {
        switch source {
        case .empty: 0
        case .bytes(let bytes): bytes.count
        case .stream(let stream): stream.value.declaredLength
        }
    }

    /// The whole body when it came together with the head, as small ones do; then there is nothing to wait for.
    public var immediateBytes: [UInt8]? {
        switch source {
        case .empty: []
        case .bytes(let bytes): bytes
        case .stream: nil
        }
    }

    /// The whole body, or an error once it exceeds `maximumBytes`.
    public func collect(upTo maximumBytes: Int) async throws(ClientError) -> [UInt8] {
        if let immediateBytes {
            if immediateBytes.count > maximumBytes { throw .bodyTooLarge(limit: maximumBytes) }
            return immediateBytes
        }
        guard case .stream(let stream) = source else { return [] }
        if let length = stream.value.declaredLength, length > maximumBytes {
            stream.value.abandon()
            throw .bodyTooLarge(limit: maximumBytes)
        }
        var whole: [UInt8] = []
        while let block = try await stream.value.next() {
            guard whole.count + block.count <= maximumBytes else {
                stream.value.abandon()
                throw .bodyTooLarge(limit: maximumBytes)
            }
            if whole.isEmpty { whole = block } else { whole.append(contentsOf: block) }
        }
        return whole
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(source: source)
    }

    public struct Iterator: AsyncIteratorProtocol {
        var source: Source

        public mutating func next() async throws -> [UInt8]? {
            switch source {
            case .empty: return nil
            case .bytes(let bytes):
                source = .empty
                return bytes
            case .stream(let stream): return try await stream.value.next()
            }
        }
    }
}
