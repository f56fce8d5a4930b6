import JSON

/// What a store knows of one object.
public struct ObjectInfo: Sendable, Equatable {
    public var size: Int
    /// Without quotes. Names this version of the object.
    public var entityTag: String
    public var modified: Timestamp?
    public var contentType: String?
    public var metadata: ObjectMetadata
    /// SHA-256 of the whole when the store has it. A store may only repeat what the sender had declared.
    public var checksum: [UInt8]?

    public init(
        size: Int, entityTag: String, modified: Timestamp? = nil, contentType: String? = nil,
        metadata: ObjectMetadata = [:], checksum: [UInt8]? = nil
    ) {
        self.size = size
        self.entityTag = entityTag
        self.modified = modified
        self.contentType = contentType
        self.metadata = metadata
        self.checksum = checksum
    }
}

/// A part of an object, by its first byte and its length.
public struct ObjectRange: Sendable, Equatable {
    public var offset: Int
    /// Nil for everything behind the offset.
    public var count: Int?

    public init(offset: Int, count: Int? = nil) {
        self.offset = offset
        self.count = count
    }

    /// What it means for an object of `size` bytes; nil when there is nothing of it.
    func resolved(in size: Int) -> Range<Int>? {
        guard offset >= 0, offset < size, count.map({ $0 > 0 }) ?? true else { return nil }
        return offset..<offset + min(count ?? size, size - offset)
    }

    var header: String {
        count.map { "bytes=\(offset)-\(offset + max(1, $0) - 1)" } ?? "bytes=\(offset)-"
    }
}

/// An object being read: what is known of it, and its bytes as they come.
public struct StoredObject: Sendable {
    public let info: ObjectInfo
    /// The bytes that `body` yields, within the whole.
    public let range: Range<Int>
    public let body: ObjectBody
}
