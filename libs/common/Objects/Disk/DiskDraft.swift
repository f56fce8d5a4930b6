/// Bytes on their way to become an object: a file of their own until they are complete.
struct DiskDraft: Sendable {
    static let recordEnding = ".record"

    let id: String
    /// Locked while it is open, which tells a sweep that its writer lives.
    let file: DiskFile

    var bytesName: String { "\(id).bytes" }
    var recordName: String { id + Self.recordEnding }

    init(in temporary: DiskFolder) throws(ObjectError) {
        id = DiskRecord.newID()
        file = try temporary.madeFile("\(id).bytes")
        _ = try file.lock(waits: false)
    }

    func discard(from temporary: DiskFolder) {
        try? temporary.remove(bytesName)
        try? temporary.remove(recordName)
    }
}
