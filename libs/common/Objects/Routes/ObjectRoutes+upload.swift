import Crypto
import HTTP

extension ObjectRoutes {
    /// What a PUT may say besides its metadata. An ACL and a storage class mean nothing here, but clients send them.
    private static let headers: Set<String> = [
        "x-amz-acl", "x-amz-storage-class", "x-amz-checksum-sha256", "x-amz-content-sha256", "x-amz-date",
        "x-amz-sdk-checksum-algorithm",
    ]

    func upload(
        _ request: Request, _ location: ObjectLocation, _ permission: PresignedCheck.Permission
    ) async throws -> Response {
        let parameters = try Self.checkParameters(permission.query, known: ["partNumber", "uploadId"])
        let options = try options(request.headers)
        if let length = request.body.declaredLength, length > store.limits.objectBytes {
            throw ObjectRefusal.tooLarge(limit: store.limits.objectBytes)
        }
        switch (parameters["partNumber"], parameters["uploadId"]) {
        case (nil, nil): return try await put(request, location, options, permission)
        case (let number?, let id?):
            guard let number = Int(number) else { throw ObjectRefusal.invalidRequest("partNumber") }
            return try await putPart(
                request, ObjectUpload(location: location, id: id), number, options, permission)
        default: throw ObjectRefusal.invalidRequest("partNumber and uploadId go together")
        }
    }

    private func options(_ headers: Headers) throws -> PutOptions {
        var options = PutOptions(contentType: headers["content-type"])
        var unknown: String?
        headers.forEach { name, value in
            let name = name.lowercased()
            if name.hasPrefix("x-amz-meta-") {
                options.metadata[String(name.dropFirst(11))] = value
            } else if name.hasPrefix("x-amz-"), !Self.headers.contains(name) {
                unknown = name
            }
        }
        if let unknown { throw ObjectRefusal.notImplemented("the header \(unknown)") }
        if let text = headers["x-amz-checksum-sha256"] {
            guard let digest = S3Answer.checksum(text) else {
                throw ObjectRefusal.invalidRequest("x-amz-checksum-sha256")
            }
            options.checksum = .sha256(digest)
        }
        if let condition = headers["if-none-match"] {
            guard condition == "*" else { throw ObjectRefusal.notImplemented("if-none-match with a tag") }
            options.ifNoneMatch = true
        }
        try options.check(store.limits)
        return options
    }

    private func put(
        _ request: Request, _ location: ObjectLocation, _ options: PutOptions, _ permission: PresignedCheck.Permission
    ) async throws -> Response {
        if options.ifNoneMatch,
            try await store.onDisk({ tree throws(ObjectError) in try tree.record(location) }) != nil
        {
            throw ObjectRefusal.preconditionFailed
        }
        let info = try await store.withDraft { draft throws(ObjectError) in
            let (size, checksum) = try await receive(request, draft, options, permission)
            let info = ObjectInfo(
                size: size, entityTag: draft.id, contentType: options.contentType, metadata: options.metadata,
                checksum: checksum)
            return try await store.commit(draft, location, info, ifNoneMatch: options.ifNoneMatch)
        }
        return stored(tag: info.entityTag, checksum: info.checksum)
    }

    private func putPart(
        _ request: Request, _ upload: ObjectUpload, _ number: Int, _ options: PutOptions,
        _ permission: PresignedCheck.Permission
    ) async throws -> Response {
        do throws(ObjectError) {
            let part = try await store.uploadPart(upload, number: number) { draft throws(ObjectError) in
                try await receive(request, draft, options, permission).checksum
            }
            return stored(tag: part.entityTag, checksum: part.checksum)
        } catch {
            if case .notFound = error { throw ObjectRefusal.noSuchUpload }
            throw error
        }
    }

    /// Streams the body into a draft and checks what was said of it.
    private func receive(
        _ request: Request, _ draft: DiskDraft, _ options: PutOptions, _ permission: PresignedCheck.Permission
    ) async throws(ObjectError) -> (size: Int, checksum: [UInt8]?) {
        let size = try await inObjectErrors {
            try await request.body.save(
                to: draft.file.descriptor, upTo: store.limits.objectBytes, blocking: store.blocking)
        }
        let checksum = try await store.checksum(of: draft.file, size, options.checksum)
        if let payload = permission.payload {
            _ = try await store.checksum(of: draft.file, size, .sha256(payload))
        }
        return (size, checksum)
    }

    private func stored(tag: String, checksum: [UInt8]?) -> Response {
        var response = Response(.ok, headers: ["etag": "\"\(tag)\""])
        if let checksum { response.headers["x-amz-checksum-sha256"] = Base64.encode(checksum) }
        return response
    }
}
