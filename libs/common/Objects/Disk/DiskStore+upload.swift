import JSON

/// What is known of an upload in parts until it is complete.
struct DiskUpload: Codable, Sendable {
    let bucket: String
    let key: String
    let contentType: String?
    let metadata: [DiskRecord.Pair]

    enum CodingKeys: String, CodingKey {
        case bucket, key, metadata
        case contentType = "content_type"
    }

    /// `00001.<entity tag>`
    static func partName(_ number: Int, _ tag: String) -> String { partPrefix(number) + tag }

    static func partPrefix(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits + "."
    }
}

extension DiskStore {
    public func beginUpload(
        _ location: ObjectLocation, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectUpload {
        try options.check(limits)
        try await sweepUploadsWhenDue()
        let id = DiskRecord.newID()
        let record = DiskUpload(
            bucket: location.bucket.description, key: location.key.description, contentType: options.contentType,
            metadata: options.metadata.pairs.map { DiskRecord.Pair(name: $0.name, value: $0.value) })
        try await onDisk { tree throws(ObjectError) in
            let folder = try tree.uploads.madeFolder(id)
            let file = try folder.madeFile("upload")
            guard let bytes = try? JSONWriter().encode(record) else { throw .invalidRequest("the upload's options") }
            try file.append(bytes)
        }
        return ObjectUpload(location: location, id: id)
    }

    public func uploadPart(
        _ upload: ObjectUpload, number: Int, _ content: ObjectContent
    ) async throws(ObjectError) -> UploadedPart {
        try await uploadPart(upload, number: number) { draft throws(ObjectError) in
            _ = try await write(content, to: draft.file)
            return nil
        }
    }

    /// `fill` writes the part and answers its checksum if it knows it.
    func uploadPart(
        _ upload: ObjectUpload, number: Int, fill: (DiskDraft) async throws(ObjectError) -> [UInt8]?
    ) async throws(ObjectError) -> UploadedPart {
        guard (1...limits.parts).contains(number) else { throw .invalidRequest("parts are 1 to \(limits.parts)") }
        _ = try await self.upload(upload)
        return try await withDraft { draft throws(ObjectError) in
            let checksum = try await fill(draft)
            try await onDisk { tree throws(ObjectError) in
                guard let folder = try tree.uploads.folder(upload.id) else { throw .notFound }
                let name = DiskUpload.partName(number, draft.id)
                guard try tree.temporary.move(draft.bytesName, to: folder, name) else { throw .notFound }
                for entry in try folder.entries()
                where entry.name.hasPrefix(DiskUpload.partPrefix(number)) && entry.name != name {
                    try folder.remove(entry.name)
                }
            }
            return UploadedPart(number: number, entityTag: draft.id, checksum: checksum)
        }
    }

    @discardableResult
    public func completeUpload(
        _ upload: ObjectUpload, _ parts: [UploadedPart], ifNoneMatch: Bool
    ) async throws(ObjectError) -> ObjectInfo {
        let record = try await self.upload(upload)
        let parts = parts.sorted { $0.number < $1.number }
        let limit = limits.objectBytes
        guard !parts.isEmpty, parts.count <= limits.parts, parts.allSatisfy({ DiskRecord.isID($0.entityTag) }) else {
            throw .invalidRequest("an upload has 1 to \(limits.parts) parts")
        }
        let info = try await withDraft { draft throws(ObjectError) in
            let size = try await onDisk { tree throws(ObjectError) in
                guard let folder = try tree.uploads.folder(upload.id) else { throw .notFound }
                var size = 0
                for part in parts {
                    guard let file = try folder.file(DiskUpload.partName(part.number, part.entityTag)) else {
                        throw .invalidRequest("part \(part.number) is missing")
                    }
                    size += try draft.file.append(contentsOf: file)
                    guard size <= limit else { throw .tooLarge(limit: limit) }
                }
                return size
            }
            var info = ObjectInfo(size: size, entityTag: draft.id, contentType: record.contentType)
            for pair in record.metadata { info.metadata[pair.name] = pair.value }
            return try await commit(draft, upload.location, info, ifNoneMatch: ifNoneMatch)
        }
        try await abortUpload(upload)
        return info
    }

    public func abortUpload(_ upload: ObjectUpload) async throws(ObjectError) {
        guard DiskRecord.isID(upload.id) else { return }
        try await onDisk { tree throws(ObjectError) in try tree.removeUpload(upload.id) }
    }

    /// The upload, when there is one of that id for that very object.
    private func upload(_ upload: ObjectUpload) async throws(ObjectError) -> DiskUpload {
        guard DiskRecord.isID(upload.id) else { throw .notFound }
        let record = try await onDisk { tree throws(ObjectError) -> DiskUpload in
            guard let file = try tree.uploads.folder(upload.id)?.file("upload"),
                let record = try? JSONReader().decode(DiskUpload.self, from: try file.read(at: 0, 64 * 1024))
            else { throw .notFound }
            return record
        }
        guard record.bucket == upload.location.bucket.description,
            record.key.utf8.elementsEqual(upload.location.key.description.utf8)
        else { throw .notFound }
        return record
    }
}
