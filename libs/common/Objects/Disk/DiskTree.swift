import Glibc
import JSON
import Loop

/// The folders of a disk store and what may be done to them. Every call blocks, so none is made on a loop.
///
/// `records` and `bytes` are two trees of one shape. A version's bytes are written under a name of their own, then its
/// record replaces the one before in a single renaming: readers see one version or the other, whole.
struct DiskTree: Sendable {
    private static let locks: UInt8 = 64
    /// A folder that others empty and remove at the same moment is made again so often.
    private static let attempts = 16

    let root: DiskFolder
    let records: DiskFolder
    let bytes: DiskFolder
    let temporary: DiskFolder
    let uploads: DiskFolder
    let locking: DiskFolder
    let isDurable: Bool

    init(root: String, isDurable: Bool) throws(ObjectError) {
        self.root = try DiskFolder.root(root)
        records = try self.root.madeFolder("records")
        bytes = try self.root.madeFolder("bytes")
        temporary = try self.root.madeFolder("temporary")
        uploads = try self.root.madeFolder("uploads")
        locking = try self.root.madeFolder("locks")
        self.isDurable = isDurable
    }

    // MARK: Reading

    func record(_ location: ObjectLocation) throws(ObjectError) -> DiskRecord? {
        let name = DiskName(location.key)
        guard let folder = try records.folder([location.bucket.description] + name.folders),
            let file = try folder.file(name.file + DiskName.objectEnding)
        else { return nil }
        return try DiskRecord.read(file)
    }

    /// The current version, its bytes open.
    func open(_ location: ObjectLocation) throws(ObjectError) -> (DiskRecord, DiskFile) {
        let name = DiskName(location.key)
        var last: String?
        while let record = try record(location) {
            if let folder = try bytes.folder([location.bucket.description] + name.folders),
                let file = try folder.file(Self.bytesName(name, record.id))
            {
                return (record, file)
            }
            // Replaced in between: the next record names other bytes.
            guard record.id != last else { throw .malformedAnswer("an object's bytes are missing") }
            last = record.id
        }
        throw .notFound
    }

    private static func bytesName(_ name: DiskName, _ id: String) -> String { "\(name.file)%\(id)" }

    // MARK: Writing

    /// Makes bytes that lie in `temporary` the object's current version.
    func commit(
        _ draft: DiskDraft, _ location: ObjectLocation, _ info: ObjectInfo, now: Timestamp, ifNoneMatch: Bool
    ) throws(ObjectError) -> DiskRecord {
        if isDurable { try draft.file.synchronise() }
        let lock = try lock(location)
        defer { _ = lock }
        let before = try record(location)
        if ifNoneMatch, before != nil { throw .preconditionFailed }
        var record = DiskRecord(location, id: draft.id, info: info, modified: now)
        record.replaces = before?.id
        let note = try temporary.madeFile(draft.recordName)
        try note.append(try record.bytes())
        if isDurable {
            try note.synchronise()
            try temporary.synchronise()
        }
        let name = DiskName(location.key)
        let folders = [location.bucket.description] + name.folders
        try place(draft.bytesName, in: bytes, folders, Self.bytesName(name, draft.id))
        let recordName = name.file + DiskName.objectEnding
        let old = DiskRecord.newID() + DiskDraft.recordEnding
        // Kept until its bytes are removed, so that a sweep finds them should this process be killed in between.
        // Where a file has one name only, the next version removes them.
        if before != nil { try? records.folder(folders)?.link(recordName, in: temporary, old) }
        try place(draft.recordName, in: records, folders, recordName)
        if let before {
            removeBytes(of: before, location)
            try? temporary.remove(old)
        }
        return record
    }

    private func place(
        _ name: String, in tree: DiskFolder, _ folders: [String], _ newName: String
    ) throws(ObjectError) {
        for _ in 0..<Self.attempts {
            let folder = try tree.madeFolder(folders)
            guard try temporary.move(name, to: folder, newName) else { continue }
            if isDurable { try folder.synchronise() }
            return
        }
        throw .file("renameat", ENOENT)
    }

    /// False when there was nothing.
    @discardableResult
    func delete(_ location: ObjectLocation) throws(ObjectError) -> Bool {
        let lock = try lock(location)
        defer { _ = lock }
        guard let record = try record(location) else { return false }
        let name = DiskName(location.key)
        let folders = [location.bucket.description] + name.folders
        guard let folder = try records.folder(folders) else { return false }
        // Not removed yet: until its bytes are, a sweep must be able to find them.
        let old = DiskRecord.newID() + DiskDraft.recordEnding
        guard try folder.move(name.file + DiskName.objectEnding, to: temporary, old) else { return false }
        if isDurable { try folder.synchronise() }
        removeBytes(of: record, location)
        try? temporary.remove(old)
        prune(records, folders)
        prune(bytes, folders)
        return true
    }

    /// Bytes that nobody can find any more; a failure costs room and nothing else.
    private func removeBytes(of record: DiskRecord, _ location: ObjectLocation) {
        let name = DiskName(location.key)
        guard let folder = try? bytes.folder([location.bucket.description] + name.folders) else { return }
        for id in [record.id, record.replaces].compactMap(\.self) { try? folder.remove(Self.bytesName(name, id)) }
    }

    /// Removes the folders that are empty now, from the deepest on.
    private func prune(_ tree: DiskFolder, _ folders: [String]) {
        for depth in stride(from: folders.count - 1, through: 0, by: -1) {
            guard let parent = try? tree.folder(Array(folders[..<depth])), parent.removeFolder(folders[depth]) else {
                return
            }
        }
    }

    /// One writer a key at a time, of all processes. Given back when what it answers is dropped.
    private func lock(_ location: ObjectLocation) throws(ObjectError) -> DiskFile {
        // FNV-1a: the same in every process, which Swift's hashes are not.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in location.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let file = try locking.madeFile("\(UInt8(hash >> 32 & 0xff) % Self.locks)", exclusively: false)
        _ = try file.lock(waits: true)
        return file
    }

    // MARK: What a process that was killed left behind

    /// Removes drafts whose writer is gone, and uploads that nobody has touched for long.
    func sweep(uploadLife: Duration, now: Timestamp) throws(ObjectError) {
        for entry in try temporary.entries() where !entry.isFolder {
            guard let file = try temporary.file(entry.name) else { continue }
            if entry.name.hasSuffix(DiskDraft.recordEnding) {
                try sweepRecord(file, entry.name)
            } else if try file.lock(waits: false) {
                try temporary.remove(entry.name)
            }
        }
        try sweepUploads(life: uploadLife, now: now)
    }

    /// A folder is as old as the last part that came into it.
    func sweepUploads(life: Duration, now: Timestamp) throws(ObjectError) {
        for entry in try uploads.entries() where entry.isFolder {
            guard let status = try uploads.folder(entry.name)?.status() else { continue }
            if Int64(status.st_mtim.tv_sec) <= now.seconds - life.components.seconds {
                try removeUpload(entry.name)
            }
        }
    }

    /// The record of a version that never came to be or is no more, though its bytes may lie in their place.
    private func sweepRecord(_ file: DiskFile, _ name: String) throws(ObjectError) {
        if try isBeingWritten(name) { return }
        guard let location = try finishedRecord(file, name)?.location else { return try temporary.remove(name) }
        let lock = try lock(location)
        defer { _ = lock }
        // Its writer may have been alive, and have come further by now.
        guard let file = try temporary.file(name), let record = try? DiskRecord.read(file) else { return }
        if try self.record(location)?.id != record.id {
            let spelling = DiskName(location.key)
            try bytes.folder([location.bucket.description] + spelling.folders)?
                .remove(Self.bytesName(spelling, record.id))
        }
        try temporary.remove(name)
    }

    /// Whether a record's writer lives and still has the bytes in `temporary`: it has not said all of it yet, perhaps.
    private func isBeingWritten(_ name: String) throws(ObjectError) -> Bool {
        let id = String(name.dropLast(DiskDraft.recordEnding.count))
        guard let bytes = try temporary.file(DiskDraft.bytesName(id)) else { return false }
        return try !bytes.lock(waits: false)
    }

    /// Read once more if it made no sense: its writer moves the bytes only when the record is complete, and may have done
    /// both since the file was opened.
    private func finishedRecord(_ file: DiskFile, _ name: String) throws(ObjectError) -> DiskRecord? {
        if let record = try? DiskRecord.read(file) { return record }
        guard let again = try temporary.file(name) else { return nil }
        return try? DiskRecord.read(again)
    }

    func removeUpload(_ id: String) throws(ObjectError) {
        guard let folder = try uploads.folder(id) else { return }
        for entry in try folder.entries() { try folder.remove(entry.name) }
        _ = uploads.removeFolder(id)
    }
}
