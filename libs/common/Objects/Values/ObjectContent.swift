/// What is put into a store.
public struct ObjectContent: Sendable {
    enum Source: Sendable {
        case bytes([UInt8])
        /// A regular file; links are not followed.
        case file(String)
        case stream(length: Int, @Sendable (@Sendable ([UInt8]) async throws -> Void) async throws -> Void)
    }

    let source: Source

    public static func bytes(_ bytes: [UInt8]) -> ObjectContent { ObjectContent(source: .bytes(bytes)) }

    public static func text(_ text: String) -> ObjectContent { .bytes(Array(text.utf8)) }

    /// A regular file, read as it is sent. A link is refused.
    public static func file(_ path: String) -> ObjectContent { ObjectContent(source: .file(path)) }

    /// What a sequence yields, which must be `length` bytes. It is read once, so an upload of it that fails is not
    /// repeated unless it goes in parts.
    public static func stream<Blocks: AsyncSequence & Sendable>(
        _ blocks: Blocks, length: Int
    ) -> ObjectContent where Blocks.Element == [UInt8] {
        ObjectContent(
            source: .stream(length: length) { write in
                for try await block in blocks { try await write(block) }
            })
    }
}

/// How an object is put.
public struct PutOptions: Sendable {
    public enum Checksum: Sendable, Equatable {
        /// Only what the protocol does by itself: bytes in memory are covered by the request's signature.
        case none
        /// Computed before sending; not for streams.
        case computed
        /// SHA-256 that the caller knows.
        case sha256([UInt8])
    }

    public var contentType: String?
    public var metadata: ObjectMetadata = [:]
    public var checksum = Checksum.none
    /// Fails with `preconditionFailed` when the key exists.
    public var ifNoneMatch = false

    public init(
        contentType: String? = nil, metadata: ObjectMetadata = [:], checksum: Checksum = .none,
        ifNoneMatch: Bool = false
    ) {
        self.contentType = contentType
        self.metadata = metadata
        self.checksum = checksum
        self.ifNoneMatch = ifNoneMatch
    }

    func check(_ limits: ObjectLimits) throws(ObjectError) {
        if let problem = metadata.problem(limits) { throw problem }
        if let contentType, !contentType.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) || contentType.isEmpty {
            throw .invalidRequest("a content type must be visible ASCII")
        }
        if case .sha256(let digest) = checksum, digest.count != 32 {
            throw .invalidRequest("a SHA-256 checksum has 32 bytes")
        }
    }
}
