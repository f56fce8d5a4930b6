import Loop

/// The body of an outgoing request.
public struct ClientBody: Sendable {
    enum Source: Sendable {
        case empty
        case bytes([UInt8])
        /// Pushes its blocks into the sink, which returns when the socket has taken them.
        case stream(length: Int?, @Sendable (LoopBound<any UploadSink>) async throws -> Void)
    }

    let source: Source

    public static let empty = ClientBody(source: .empty)

    public static func bytes(_ bytes: [UInt8]) -> ClientBody {
        ClientBody(source: bytes.isEmpty ? .empty : .bytes(bytes))
    }

    public static func text(_ text: String) -> ClientBody { .bytes(Array(text.utf8)) }

    /// Sent while the sequence yields it; chunked unless the length is known. The sequence is iterated once, on the
    /// caller's loop, and ends early by cancellation when nobody needs it any more.
    public static func stream<Blocks: AsyncSequence & Sendable>(
        _ blocks: Blocks, length: Int? = nil
    ) -> ClientBody where Blocks.Element == [UInt8] {
        ClientBody(
            source: .stream(length: length) { sink in
                for try await block in blocks { try await sink.value.write(block) }
            })
    }

    /// Written by `produce` block by block; chunked unless the length is known. Runs once, on the caller's loop.
    public static func written(
        length: Int? = nil, by produce: @escaping @Sendable (UploadWriter) async throws -> Void
    ) -> ClientBody {
        ClientBody(source: .stream(length: length) { sink in try await produce(UploadWriter(sink: sink)) })
    }

    /// A request's body passed on: as bytes when it is here already, block by block when it is still arriving.
    public static func forwarding(_ body: RequestBody) -> ClientBody {
        switch body.source {
        case .empty: .empty
        case .bytes(let bytes): .bytes(bytes)
        case .stream: .stream(body, length: body.declaredLength)
        }
    }

    /// The same bytes can be sent again.
    public var isReplayable: Bool {
        if case .stream = source { return false }
        return true
    }

    /// Nil when it is not known beforehand.
    var length: Int? {
        switch source {
        case .empty: 0
        case .bytes(let bytes): bytes.count
        case .stream(let length, _): length
        }
    }

    var isEmpty: Bool {
        if case .empty = source { return true }
        return false
    }
}

/// Takes the blocks of a streamed request body. Belongs to one loop.
protocol UploadSink: AnyObject {
    /// Returns when the block is on its way, so that a slow peer slows the source.
    func write(_ block: [UInt8]) async throws
}

/// Writes a request's body. `write` returns when the block is on its way, so that a slow peer slows its source.
public struct UploadWriter: Sendable {
    let sink: LoopBound<any UploadSink>

    public func write(_ block: [UInt8]) async throws {
        try await sink.value.write(block)
    }
}

/// The source of a body yielded more or less than it had declared.
public struct BodyLengthMismatch: Error, Sendable, Equatable {
    public let declared: Int
    public let sent: Int

    public init(declared: Int, sent: Int) {
        self.declared = declared
        self.sent = sent
    }
}
