import HTTP
import JSON
import Loop

extension Routes {
    mutating func declareArtifacts(_ jobs: JobRoutes) {
        endpoint(
            .get, "/jobs/{id}/artifacts",
            Operation(
                "What a job has made; nothing before it has ended", tag: "jobs", needsToken: true,
                failures: [.notFound]),
            parameters: JobParameters.self
        ) { call in
            let job = try await jobs.job(call.request, call.parameters.id)
            return ArtifactListAnswer(
                artifacts: try await jobs.queue.artifacts(of: job.id).map {
                    .init(name: $0.name, size: $0.size, contentType: $0.contentType, sha256: $0.sha256)
                })
        }
        on(
            .get, "/jobs/{id}/artifacts/{name}",
            Operation(
                "The bytes of one artifact, or a range of them", tag: "jobs", needsToken: true,
                failures: [.notFound, .rangeNotSatisfiable]
            ).answering(contentType: "application/octet-stream")
        ) { request in
            let job = try await jobs.job(request, request.parameter("id"))
            let artifacts = try await jobs.queue.artifacts(of: job.id)
            guard let source = jobs.artifacts,
                let artifact = artifacts.first(where: { $0.name == request.parameter("name") })
            else { throw ServiceError.notFound("the job has no artifact of this name") }
            return try await source.response(artifact, to: request)
        }
    }
}

extension ArtifactSource {
    func response(_ artifact: JobArtifact, to request: Request) async throws -> Response {
        var headers: Headers = [
            "accept-ranges": "bytes", "x-content-type-options": "nosniff",
            "content-disposition": "attachment; filename*=UTF-8''\(Self.encoded(artifact.name))",
        ]
        let tag = artifact.sha256.map { EntityTag($0) }
        if let tag { headers["etag"] = tag.description }
        if let tag, let known = request.headers["if-none-match"], tag.isNamed(in: known) {
            return Response(.notModified, headers: headers)
        }
        var range = ByteRange(header: request.headers["range"], size: artifact.size)
        // A range is only good for the very bytes that the client has a part of.
        if let condition = request.headers["if-range"], tag?.isStronglyNamed(in: condition) != true { range = .whole }
        switch range {
        case .whole:
            let body = try await read(artifact, offset: 0, count: artifact.size)
            return Response(headers: headers, contentType: ContentType(artifact.contentType), body: body)
        case .part(let offset, let count):
            headers["content-range"] = "bytes \(offset)-\(offset + count - 1)/\(artifact.size)"
            let body = try await read(artifact, offset: offset, count: count)
            return Response(
                .partialContent, headers: headers, contentType: ContentType(artifact.contentType), body: body)
        case .unsatisfiable:
            headers["content-range"] = "bytes */\(artifact.size)"
            return Response(.rangeNotSatisfiable, headers: headers)
        }
    }

    /// As RFC 8187 wants a file name.
    private static func encoded(_ name: String) -> String {
        name.utf8.map { byte in
            let isPlain =
                byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain || byte == 0x2e || byte == 0x2d || byte == 0x5f
                ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
