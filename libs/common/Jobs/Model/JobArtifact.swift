/// Something that a job has made: where it is kept, and under which name it is shown.
public struct JobArtifact: Codable, Sendable, Equatable {
    public var name: String
    /// An object's key, or whatever else the service's `ArtifactSource` understands.
    public var location: String
    public var size: Int
    public var contentType: String
    /// In hexadecimal.
    public var sha256: String?

    public init(
        name: String, location: String, size: Int, contentType: String = "application/octet-stream",
        sha256: String? = nil
    ) {
        self.name = name
        self.location = location
        self.size = size
        self.contentType = contentType
        self.sha256 = sha256
    }

    /// The name is a segment of a path, and the name under which a browser saves it.
    var hasPlainName: Bool {
        (1...200).contains(name.unicodeScalars.count) && name != "." && name != ".."
            && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 || $0.value == 0x7f }
    }

    enum CodingKeys: String, CodingKey {
        case name, location, size, sha256
        case contentType = "content_type"
    }
}
