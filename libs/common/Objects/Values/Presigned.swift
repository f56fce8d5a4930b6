import HTTP
import JSON

/// What a presigned URL allows, and with which headers.
public struct PresignOptions: Sendable {
    public enum Operation: Sendable, Equatable {
        case get
        case put
        /// One part of an upload that was begun.
        case part(ObjectUpload, number: Int)
    }

    /// Nil for the store's setting. Never longer than its maximum.
    public var life: Duration?
    public var contentType: String?
    /// Binds the URL to this length.
    public var contentLength: Int?
    public var metadata: ObjectMetadata = [:]
    /// `private` and so on, for clients that send `x-amz-acl`.
    public var acl: String?
    public var storageClass: String?
    /// SHA-256 that the object must have.
    public var checksum: [UInt8]?
    /// The client must send `if-none-match: *`, so that the URL cannot overwrite.
    public var ifNoneMatch = false
    /// What a GET answers as `content-disposition` and `content-type`.
    public var responseContentDisposition: String?
    public var responseContentType: String?

    public init() {}
}

/// A URL that carries its own permission.
public struct PresignedRequest: Sendable {
    public let method: Method
    public let url: String
    /// What the client must send, and exactly so; `host` and `content-length` it sends by itself.
    public let headers: [(name: String, value: String)]
    public let expires: Timestamp
    /// As it was granted, which may be less than was asked for.
    public let life: Duration
}
