import HTTP
import JSON
import Jobs
import Objects
import Postgres
import Service

private struct PhotoID: Codable, Sendable {
    var id: UUID
}

extension PhotoService {
    func declarePhotos(_ routes: inout Routes) {
        routes.endpoint(
            .post, "/photos", Operation("A new photo, and where to put it", tag: "photos", needsToken: true),
            body: NewPhoto.self, status: .created
        ) { call in
            try await create(call.body, try await identity.caller(of: call.request))
        }
        routes.endpoint(
            .get, "/photos", Operation("Your photos, the newest first", tag: "photos", needsToken: true)
        ) { call in
            let caller = try await identity.caller(of: call.request)
            return try await database.rows(
                """
                SELECT id, name, width, height, created_at FROM photos WHERE owner_id = \(caller.id)
                ORDER BY created_at DESC LIMIT 100
                """, as: Photo.self)
        }
        routes.endpoint(
            .post, "/photos/{id}/thumbnail", Operation("Makes a thumbnail", tag: "photos", needsToken: true),
            parameters: PhotoID.self, body: ThumbnailRequest.self, status: .accepted
        ) { call in
            let caller = try await identity.caller(of: call.request)
            return try await order(call.parameters.id, call.body, caller, key: try call.request.idempotencyKey())
        }
    }

    private func create(_ new: NewPhoto, _ caller: Caller) async throws -> PhotoUpload {
        let id = UUID()
        guard let location = folder.location("photos/\(id)") else { throw ObjectError.notFound }
        var options = PresignOptions()
        options.contentType = "image/png"
        let upload = try store.presign(.put, location, options)
        let photo = try await database.first(
            """
            INSERT INTO photos (id, owner_id, name) VALUES (\(id), \(caller.id), \(new.name))
            RETURNING id, name, width, height, created_at
            """, as: Photo.self)!
        return PhotoUpload(
            photo: photo, method: upload.method.rawValue, url: upload.url,
            headers: Dictionary(uniqueKeysWithValues: upload.headers.map { ($0.name, $0.value) }),
            expiresAt: upload.expires)
    }

    private func check(callback url: String) throws(ServiceError) {
        guard runner.sendsCallbacks else {
            throw ServiceError.badRequest("this installation calls nobody back", code: "callbacks_off")
        }
        try callbacks.check(url)
    }

    /// What is not the caller's is not there.
    private func order(
        _ id: UUID, _ request: ThumbnailRequest, _ caller: Caller, key: IdempotencyKey?
    ) async throws -> ThumbnailJob {
        if let url = request.callbackURL { try check(callback: url) }
        let photo = try await database.first(
            "SELECT id FROM photos WHERE id = \(id) AND owner_id = \(caller.id)", as: PhotoID.self)
        guard photo != nil else { throw ServiceError(.notFound, "photo_not_found", "there is no such photo") }
        var job = try JobRequest(Thumbnailer.kind, Thumbnailer.Order(photo: id, side: request.side))
        job.ownerID = caller.id
        job.callbackURL = request.callbackURL
        return ThumbnailJob(jobID: try await queue.enqueue(job, key: key).id)
    }
}

extension InternalIdentity {
    func jobCaller(of request: Request) async throws(ServiceError) -> JobCaller {
        let caller = try await caller(of: request)
        return JobCaller(id: caller.id, isAdmin: caller.isAdmin)
    }
}
