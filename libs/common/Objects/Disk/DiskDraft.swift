import Glibc

/// Bytes on their way to become an object: a file of their own until they are complete.
struct DiskDraft: Sendable {
    static let recordEnding = ".record"
    /// A draft that was swept before it was locked is made again so often.
    private static let attempts = 16

    let id: String
    /// Locked while it is open, which tells a sweep that its writer lives.
    let file: DiskFile

    var bytesName: String { Self.bytesName(id) }
    var recordName: String { id + Self.recordEnding }

    /// `made` is told of the file before it is locked; tests sweep there.
    init(in temporary: DiskFolder, made: () -> Void = {}) throws(ObjectError) {
        for _ in 0..<Self.attempts {
            let id = DiskRecord.newID()
            let file = try temporary.madeFile(Self.bytesName(id))
            made()
            // A sweep that came in between has the lock, or had it and has removed the name.
            guard try file.lock(waits: false), try file.status().st_nlink > 0 else { continue }
            self.id = id
            self.file = file
            return
        }
        throw .unavailable(retryAfter: nil)
    }

    func discard(from temporary: DiskFolder) {
        try? temporary.remove(bytesName)
        try? temporary.remove(recordName)
    }

    static func bytesName(_ id: String) -> String { "\(id).bytes" }
}
