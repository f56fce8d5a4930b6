import Crypto
import HTTP
import Loop

extension S3Store {
    @discardableResult
    public func put(
        _ location: ObjectLocation, _ content: ObjectContent, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectInfo {
        try options.check(limits)
        switch content.source {
        case .bytes(let bytes): return try await put(location, .bytes(bytes), bytes.count, options)
        case .file(let path):
            let file = try await inObjectErrors { try await self.blocking.run { try DiskFile.open(path) } }
            let size = try file.size()
            return try await put(location, .file(file, 0..<size), size, options)
        case .stream(let length, let produce):
            return try await put(location, .stream(length: length, produce), length, options)
        }
    }

    private func put(
        _ location: ObjectLocation, _ body: S3Body, _ count: Int, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectInfo {
        guard count <= limits.objectBytes else { throw .tooLarge(limit: limits.objectBytes) }
        // A checksum of the whole cannot be given for parts, whose checksum is one of checksums.
        if count >= limits.multipartFrom, case .none = options.checksum {
            return try await putInParts(location, body, count, options)
        }
        var request = S3Request(.put, location)
        request.isTransfer = true
        request.body = count == 0 ? .empty : body
        Self.describe(options, in: &request.headers)
        let checksum = try await checksum(of: body, options.checksum)
        if let checksum { request.headers["x-amz-checksum-sha256"] = Base64.encode(checksum) }
        if options.ifNoneMatch {
            request.headers["if-none-match"] = "*"
            // The first attempt may have stored the object, and the second would be told that it exists.
            request.isRepeatable = false
        }
        let headers = try await client.answer(request).headers
        return ObjectInfo(
            size: count, entityTag: S3Answer.unquoted(headers["etag"] ?? ""), contentType: options.contentType,
            metadata: options.metadata, checksum: checksum)
    }

    static func describe(_ options: PutOptions, in headers: inout Headers) {
        headers["content-type"] = options.contentType ?? "application/octet-stream"
        for (name, value) in options.metadata.pairs { headers["x-amz-meta-\(name)"] = value }
    }

    private func checksum(of body: S3Body, _ wanted: PutOptions.Checksum) async throws(ObjectError) -> [UInt8]? {
        switch (wanted, body) {
        case (.none, _): return nil
        case (.sha256(let digest), _): return digest
        case (.computed, .empty): return SHA256.hash([])
        case (.computed, .bytes(let bytes)): return SHA256.hash(bytes)
        case (.computed, .file(let file, let range)):
            return try await inObjectErrors { try await self.blocking.run { try file.hash(range) } }
        case (.computed, .stream): throw .invalidRequest("the checksum of a stream is not known beforehand")
        }
    }

    // MARK: In parts

    private func putInParts(
        _ location: ObjectLocation, _ body: S3Body, _ count: Int, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectInfo {
        let upload = try await beginUpload(location, options)
        do throws(ObjectError) {
            let parts = try await sendParts(upload, body, count)
            var info = try await completeUpload(upload, parts, ifNoneMatch: options.ifNoneMatch)
            (info.size, info.contentType, info.metadata) = (count, options.contentType, options.metadata)
            return info
        } catch {
            await forget(upload)
            throw error
        }
    }

    /// Also when the task is cancelled: parts that nobody completes are stored, and paid for, until they are aborted.
    private func forget(_ upload: ObjectUpload) async {
        guard let loop = EventLoop.current else { return }
        await Task(executorPreference: loop) { try? await self.abortUpload(upload) }.value
    }

    private func sendParts(
        _ upload: ObjectUpload, _ body: S3Body, _ count: Int
    ) async throws(ObjectError) -> [UploadedPart] {
        let length = limits.partBytes(for: count)
        guard case .stream(_, let produce) = body else {
            let pieces = stride(from: 0, to: count, by: length).map { body.piece($0..<min($0 + length, count)) }
            return try await sendPieces(upload, pieces)
        }
        let buffer = PartBuffer(partBytes: length, count: count)
        return try await inObjectErrors {
            try await produce { block in
                for part in try buffer.take(block) {
                    buffer.sent(try await self.send(upload, part.number, .bytes(part.bytes)))
                }
            }
            if let part = try buffer.end() {
                buffer.sent(try await self.send(upload, part.number, .bytes(part.bytes)))
            }
            return buffer.parts
        }
    }

    /// A few at a time.
    private func sendPieces(_ upload: ObjectUpload, _ pieces: [S3Body]) async throws(ObjectError) -> [UploadedPart] {
        try await inObjectErrors {
            try await withThrowingTaskGroup(of: UploadedPart.self) { group in
                var parts: [UploadedPart] = []
                for (index, piece) in pieces.enumerated() {
                    if index >= max(1, self.limits.partsAtATime), let part = try await group.next() {
                        parts.append(part)
                    }
                    group.addTask { try await self.send(upload, index + 1, piece) }
                }
                for try await part in group { parts.append(part) }
                return parts.sorted { $0.number < $1.number }
            }
        }
    }

    public func beginUpload(
        _ location: ObjectLocation, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectUpload {
        try options.check(limits)
        var request = S3Request(.post, location)
        request.query = [("uploads", "")]
        Self.describe(options, in: &request.headers)
        // rclone's server leaves the end of the name away.
        let names = ["InitiateMultipartUploadResult", "InitiateMultipartUpload"]
        let root = try await client.document(request, names).root
        guard let id = root.text("UploadId"), !id.isEmpty, id.utf8.count <= 1024 else {
            throw .malformedAnswer("an upload without an id")
        }
        return ObjectUpload(location: location, id: id)
    }

    public func uploadPart(
        _ upload: ObjectUpload, number: Int, _ content: ObjectContent
    ) async throws(ObjectError) -> UploadedPart {
        switch content.source {
        case .bytes(let bytes): return try await send(upload, number, .bytes(bytes))
        case .file(let path):
            let file = try await inObjectErrors { try await self.blocking.run { try DiskFile.open(path) } }
            return try await send(upload, number, .file(file, 0..<(try file.size())))
        case .stream(let length, let produce): return try await send(upload, number, .stream(length: length, produce))
        }
    }

    private func send(_ upload: ObjectUpload, _ number: Int, _ body: S3Body) async throws(ObjectError) -> UploadedPart {
        guard (1...limits.parts).contains(number) else { throw .invalidRequest("parts are 1 to \(limits.parts)") }
        var request = S3Request(.put, upload.location)
        request.isTransfer = true
        request.query = [("partNumber", String(number)), ("uploadId", upload.id)]
        request.body = body
        let headers = try await client.answer(request).headers
        guard let tag = headers["etag"], !tag.isEmpty else { throw .malformedAnswer("a part without an entity tag") }
        return UploadedPart(number: number, entityTag: S3Answer.unquoted(tag))
    }

    @discardableResult
    public func completeUpload(
        _ upload: ObjectUpload, _ parts: [UploadedPart], ifNoneMatch: Bool
    ) async throws(ObjectError) -> ObjectInfo {
        guard !parts.isEmpty, parts.count <= limits.parts else {
            throw .invalidRequest("an upload has 1 to \(limits.parts) parts")
        }
        var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for part in parts.sorted(by: { $0.number < $1.number }) {
            text += "<Part><PartNumber>\(part.number)</PartNumber>"
            text += "<ETag>&quot;\(XMLText.escaped(part.entityTag))&quot;</ETag></Part>"
        }
        var request = S3Request(.post, upload.location)
        request.query = [("uploadId", upload.id)]
        request.headers["content-type"] = "application/xml"
        if ifNoneMatch { request.headers["if-none-match"] = "*" }
        request.body = .bytes(Array((text + "</CompleteMultipartUpload>").utf8))
        // The store puts the parts together first, which takes as long as a transfer.
        request.isTransfer = true
        request.isRepeatable = false
        _ = try await client.document(request, ["CompleteMultipartUploadResult"])
        return try await head(upload.location)
    }

    public func abortUpload(_ upload: ObjectUpload) async throws(ObjectError) {
        var request = S3Request(.delete, upload.location)
        request.query = [("uploadId", upload.id)]
        do throws(ObjectError) { _ = try await client.answer(request) } catch {
            if case .notFound = error { return }
            throw error
        }
    }
}

extension S3Body {
    /// A part of bytes or of a file.
    fileprivate func piece(_ range: Range<Int>) -> S3Body {
        switch self {
        case .bytes(let bytes): .bytes(Array(bytes[range]))
        case .file(let file, _): .file(file, range)
        case .empty, .stream: self
        }
    }
}
