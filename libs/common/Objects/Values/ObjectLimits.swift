/// The limits of an object store. Those that have no setting are S3's own.
public struct ObjectLimits: Sendable {
    /// The largest object.
    public var objectBytes = 5 << 40
    /// Bodies from this length on go up in parts.
    public var multipartFrom = 64 << 20
    /// A part's length unless the object needs longer ones to stay within `parts`.
    public var partBytes = 8 << 20
    /// Parts of one upload that are on their way at a time.
    public var partsAtATime = 4
    /// How long a presigned URL lives unless it is told, and at most.
    public var presignedLife = Duration.seconds(600)
    public var maximumPresignedLife = Duration.seconds(3600)

    public init() {}

    /// Parts of one upload.
    public let parts = 10_000
    /// Names and values of an object's own metadata together.
    public let metadataBytes = 2048
    /// Keys of one page of a list, and keys deleted at once.
    public let listPage = 1000
    /// What a part that is not the last one must have, and what a body in one piece may have.
    static let protocolPartBytes = 5 << 20
    static let protocolBodyBytes = 5 << 30
    /// Beyond this no store accepts a URL.
    static let protocolPresignedLife = Duration.seconds(7 * 86_400)

    /// A part's length for an object of `count` bytes.
    func partBytes(for count: Int) -> Int {
        max(partBytes, (count + parts - 1) / parts)
    }
}
