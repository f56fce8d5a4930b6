import Crypto
import JSON

/// What lies beside an object's bytes: the one file whose renaming makes a version the current one.
struct DiskRecord: Codable, Sendable, Equatable {
    struct Pair: Codable, Sendable, Equatable {
        let name: String
        let value: String
    }

    let bucket: String
    let key: String
    /// Names the file of the bytes, and is the entity tag.
    let id: String
    /// The version before, whose bytes may still be there after a crash.
    var replaces: String?
    let size: Int
    let modified: Timestamp
    var contentType: String?
    var metadata: [Pair]
    var sha256: String?

    enum CodingKeys: String, CodingKey {
        case bucket, key, id, replaces, size, modified, metadata, sha256
        case contentType = "content_type"
    }

    init(_ location: ObjectLocation, id: String, info: ObjectInfo, modified: Timestamp) {
        bucket = location.bucket.description
        key = location.key.description
        self.id = id
        size = info.size
        self.modified = modified
        contentType = info.contentType
        metadata = info.metadata.pairs.map { Pair(name: $0.name, value: $0.value) }
        sha256 = info.checksum.map { Hex.encode($0) }
    }

    var location: ObjectLocation? {
        guard let bucket = BucketName(bucket), let key = ObjectKey(key) else { return nil }
        return ObjectLocation(bucket, key)
    }

    var info: ObjectInfo {
        var object = ObjectInfo(size: size, entityTag: id, modified: modified, contentType: contentType)
        for pair in metadata { object.metadata[pair.name] = pair.value }
        object.checksum = sha256.flatMap { Hex.decode($0) }
        return object
    }

    /// An id becomes a part of a file's name, so one that was tampered with must not be another path.
    static func read(_ file: DiskFile) throws(ObjectError) -> DiskRecord {
        let bytes = try file.read(at: 0, 64 * 1024)
        guard let record = try? JSONReader().decode(DiskRecord.self, from: bytes), isID(record.id),
            record.replaces.map(isID) ?? true, record.size >= 0
        else { throw .malformedAnswer("an object's record is damaged") }
        return record
    }

    func bytes() throws(ObjectError) -> [UInt8] {
        do throws(JSONError) { return try JSONWriter().encode(self) } catch {
            throw .invalidRequest("the object's record cannot be written")
        }
    }

    static func newID() -> String { Hex.encode(SecureRandom.bytes(16)) }

    static func isID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
