import Crypto
import Glibc
import HTTP
import JSON

extension ObjectRoutes {
    /// What a URL may say of its own answer.
    private static let overrides = [
        "response-content-disposition": "content-disposition", "response-content-type": "content-type",
        "response-cache-control": "cache-control", "response-content-language": "content-language",
        "response-expires": "expires",
    ]

    func download(
        _ request: Request, _ location: ObjectLocation, _ permission: PresignedCheck.Permission
    ) async throws -> Response {
        let parameters = try Self.checkParameters(permission.query, known: Set(Self.overrides.keys))
        let (record, file) = try await store.onDisk { tree throws(ObjectError) in try tree.open(location) }
        let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw ObjectError.file("dup", errno) }
        var response = try Response.file(
            descriptor: descriptor, tag: EntityTag(record.id), modified: time_t(record.modified.seconds), for: request,
            contentType: ContentType(record.contentType ?? "application/octet-stream"))
        for pair in record.metadata { response.headers["x-amz-meta-\(pair.name)"] = pair.value }
        if let checksum = record.info.checksum, response.status == .ok {
            response.headers["x-amz-checksum-sha256"] = Base64.encode(checksum)
        }
        // Whoever put the object does not get to run scripts in the name of this host.
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["content-security-policy"] = "sandbox; default-src 'none'"
        for (name, value) in parameters {
            guard let header = Self.overrides[name] else { continue }
            if header == "content-type" {
                if response.contentType != nil { response.contentType = ContentType(value) }
            } else {
                response.headers[header] = value
            }
        }
        return response
    }
}
