import HTTP
import JSON

struct Photo: Codable, Sendable {
    var id: UUID
    var name: String
    /// Known once a thumbnail was made.
    var width: Int?
    var height: Int?
    var createdAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, name, width, height
        case createdAt = "created_at"
    }
}

struct NewPhoto: Codable, Sendable, Validated {
    var name: String

    static let rules: [Rule<NewPhoto>] = [.length("name", { $0.name }, 1...200)]
}

/// Where the bytes go, and the headers that must be sent with them.
struct PhotoUpload: Codable, Sendable {
    var photo: Photo
    var method: String
    var url: String
    var headers: [String: String]
    var expiresAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case photo, method, url, headers
        case expiresAt = "expires_at"
    }
}

struct ThumbnailRequest: Codable, Sendable, Validated {
    var side: Int
    /// Told when the job has ended.
    var callbackURL: String?

    static let rules: [Rule<ThumbnailRequest>] = [.range("side", { $0.side }, 16...1024)]

    enum CodingKeys: String, CodingKey {
        case side
        case callbackURL = "callback_url"
    }
}

struct ThumbnailJob: Codable, Sendable {
    var jobID: UUID

    enum CodingKeys: String, CodingKey {
        case jobID = "job_id"
    }
}
