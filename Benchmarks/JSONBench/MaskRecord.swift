/// A record as services exchange it: 22 fields, about 600 bytes of JSON, nothing in it chosen to suit a coder.
struct MaskRecord: Codable, Equatable {
    var id: String
    var maskGroupID: String
    var name: String
    var description: String
    var status: Status
    var labels: [String]
    var sliceCount: Int
    var byteCount: Int
    var revision: Int
    var checksum: Int64
    var isShared: Bool
    var isArchived: Bool
    var opacity: Double
    var volume: Double
    var spacing: [Double]
    var origin: [Double]
    var owner: Owner
    var reviewers: [Owner]
    var createdAt: String
    var updatedAt: String
    var parent: String?
    var note: String?

    enum CodingKeys: String, CodingKey {
        case id, name, description, status, labels, revision, checksum, opacity, volume, spacing, origin, owner
        case reviewers, parent, note
        case maskGroupID = "mask_group_id"
        case sliceCount = "slice_count"
        case byteCount = "byte_count"
        case isShared = "is_shared"
        case isArchived = "is_archived"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    enum Status: String, Codable {
        case pending, uploaded, failed
    }

    struct Owner: Codable, Equatable {
        var id: Int
        var name: String
    }

    static let example = MaskRecord(
        id: "6f1f7c1e-52f4-4f0e-9a86-0d6b7a7b2c11", maskGroupID: "a3c9d2aa-77b1-4f5e-8d55-3f4a9e0c1b7d",
        name: "left ventricle", description: "Traced by hand,\nthen \"smoothed\" — 3 mm", status: .uploaded,
        labels: ["heart", "ventricle", "수동"], sliceCount: 184, byteCount: 48_234_496, revision: 7,
        checksum: 7_046_029_254_386_353_131, isShared: true, isArchived: false, opacity: 0.65,
        volume: 123.45678901234567, spacing: [0.78125, 0.78125, 1.5], origin: [-125.0, -162.375, 33.0],
        owner: Owner(id: 1041, name: "kim.minji"),
        reviewers: [Owner(id: 17, name: "o.weber"), Owner(id: 2203, name: "s.rao")],
        createdAt: "2025-10-23T04:26:30.477643Z", updatedAt: "2025-10-24T11:02:09.100452Z", parent: nil,
        note: "second reading")
}
