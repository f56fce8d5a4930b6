import Loop

/// A request's body as an asynchronous sequence of byte blocks.
///
/// Nothing is read from the socket before somebody asks, so a slow consumer slows its client and memory stays flat.
/// It may be read once, by the request's own task or a child of it on the same loop.
public struct RequestBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    enum Source: Sendable {
        case empty
        case bytes([UInt8])
        case stream(LoopBound<BodyReader>)
    }

    var source: Source

    public static let empty = RequestBody(source: .empty)

    public init(_ bytes: [UInt8]) {
        source = bytes.isEmpty ? .empty : .bytes(bytes)
    }

    init(source: Source) {
        self.source = source
    }

    /// The length that the client declared; nil for a chunked body.
    public var declaredLength: Int? {
        switch source {
        case .empty: 0
        case .bytes(let bytes): bytes.count
        case .stream(let reader): reader.value.declaredLength
        }
    }

    public var isEmpty: Bool {
        if case .empty = source { return true }
        return false
    }

    /// Allows at most this many bytes, less than or equal to what the server allows at all.
    public func limited(to maximumBytes: Int) throws -> RequestBody {
        switch source {
        case .empty: break
        case .bytes(let bytes):
            if bytes.count > maximumBytes { throw BodyError.tooLarge(limit: maximumBytes) }
        case .stream(let reader):
            try reader.value.limit(to: maximumBytes)
        }
        return self
    }

    /// The whole body, or an error once it exceeds `maximumBytes`.
    public func collect(upTo maximumBytes: Int) async throws -> [UInt8] {
        switch source {
        case .empty: return []
        case .bytes(let bytes):
            if bytes.count > maximumBytes { throw BodyError.tooLarge(limit: maximumBytes) }
            return bytes
        case .stream(let reader):
            try reader.value.limit(to: maximumBytes)
            var whole: [UInt8] = []
            // A declared length is a claim; memory grows with what arrives.
            whole.reserveCapacity(Swift.min(reader.value.declaredLength ?? 0, 64 * 1024))
            while let block = try await reader.value.next() { whole.append(contentsOf: block) }
            return whole
        }
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(source: source)
    }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        var source: Source

        public mutating func next() async throws -> [UInt8]? {
            switch source {
            case .empty: return nil
            case .bytes(let bytes):
                source = .empty
                return bytes
            case .stream(let reader): return try await reader.value.next()
            }
        }
    }
}

/// What can go wrong while a body is read.
public enum BodyError: Error, Sendable, Equatable {
    case tooLarge(limit: Int)
    /// The client closed before the body's end.
    case incomplete
    case timedOut
    case malformed(String)
    /// The body was read after its request had been answered.
    case requestEnded
}
