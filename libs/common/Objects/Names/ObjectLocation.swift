/// One object: its bucket and its key.
public struct ObjectLocation: Sendable, Hashable, CustomStringConvertible {
    public let bucket: BucketName
    public let key: ObjectKey

    public init(_ bucket: BucketName, _ key: ObjectKey) {
        self.bucket = bucket
        self.key = key
    }

    /// `s3://bucket/key`; nil for anything else.
    public init?(_ uri: String) {
        guard let (bucket, rest) = S3URI.split(uri), let key = ObjectKey(rest) else { return nil }
        self.init(bucket, key)
    }

    public var description: String { "s3://\(bucket)/\(key)" }
}

/// All objects of a bucket whose keys begin alike: what an `s3://bucket/prefix` names.
public struct ObjectFolder: Sendable, Hashable, CustomStringConvertible {
    public let bucket: BucketName
    public let prefix: KeyPrefix

    public init(_ bucket: BucketName, _ prefix: KeyPrefix = .all) {
        self.bucket = bucket
        self.prefix = prefix
    }

    /// `s3://bucket`, `s3://bucket/` or `s3://bucket/prefix`, with or without a slash at its end; nil for anything else.
    public init?(_ uri: String) {
        guard let (bucket, rest) = S3URI.split(uri), let prefix = KeyPrefix(rest) else { return nil }
        self.init(bucket, prefix.folder)
    }

    public var description: String { "s3://\(bucket)/\(prefix)" }

    /// Something in the folder, by its path from there; nil when that is no valid key.
    public func location(_ path: String) -> ObjectLocation? {
        prefix.key(path).map { ObjectLocation(bucket, $0) }
    }

    public func contains(_ location: ObjectLocation) -> Bool {
        bucket == location.bucket && prefix.contains(location.key)
    }

    public func contains(_ other: ObjectFolder) -> Bool {
        bucket == other.bucket && prefix.contains(other.prefix)
    }
}

enum S3URI {
    /// No escapes are decoded: in an `s3://` URI the key stands as it is.
    static func split(_ uri: String) -> (BucketName, rest: String)? {
        let bytes = Array(uri.utf8)
        guard bytes.count <= 5 + 63 + 1 + ObjectKey.maximumBytes, bytes.starts(with: "s3://".utf8) else { return nil }
        let rest = bytes.dropFirst(5)
        let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard let bucket = BucketName(String(decoding: rest[..<end], as: UTF8.self)) else { return nil }
        return (bucket, String(decoding: rest[end...].dropFirst(), as: UTF8.self))
    }
}
