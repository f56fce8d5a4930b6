/// An upload in parts that was begun.
public struct ObjectUpload: Sendable, Equatable {
    public let location: ObjectLocation
    public let id: String

    public init(location: ObjectLocation, id: String) {
        self.location = location
        self.id = id
    }
}

/// A part that has arrived.
public struct UploadedPart: Sendable, Equatable {
    /// From 1 on; parts make the object in the order of their numbers.
    public let number: Int
    public let entityTag: String
    /// SHA-256 of the part, when it was sent with one.
    public let checksum: [UInt8]?

    public init(number: Int, entityTag: String, checksum: [UInt8]? = nil) {
        self.number = number
        self.entityTag = entityTag
        self.checksum = checksum
    }
}
