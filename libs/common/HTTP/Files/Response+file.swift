import Glibc
import Loop

extension Response {
    /// A file on disk: with length, entity tag and modification time, ranges and conditions honoured, sent by the kernel.
    ///
    /// The path is the caller's own, never a client's. A link at its end is not followed, and only a regular file is
    /// sent; what is not there is a 404.
    public static func file(
        _ path: String, for request: Request, contentType: ContentType = .bytes, blocking: BlockingPool
    ) async throws -> Response {
        let file = try await blocking.run { try OpenFile(path) }
        return file.response(to: request, contentType: contentType)
    }

    /// The same for a regular file that is open already; takes the descriptor over. `tag` and `modified` name the
    /// version, where something else than the file itself does.
    public static func file(
        descriptor: Int32, tag: EntityTag, modified: time_t, for request: Request, contentType: ContentType = .bytes
    ) throws(ServiceError) -> Response {
        try OpenFile(descriptor, tag: tag, modified: modified).response(to: request, contentType: contentType)
    }
}

/// An open file with what a response says about it.
private struct OpenFile: Sendable {
    private let descriptor: Int32
    private let size: Int
    private let modified: time_t
    private let tag: EntityTag

    init(_ path: String) throws(ServiceError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw .notFound() }
        try self.init(descriptor, tag: nil, modified: nil)
    }

    init(_ descriptor: Int32, tag: EntityTag?, modified: time_t?) throws(ServiceError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notFound()
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
        self.modified = modified ?? status.st_mtim.tv_sec
        self.tag = tag ?? Self.tag(status)
    }

    private static func tag(_ status: stat) -> EntityTag {
        EntityTag(
            [
                UInt64(status.st_ino), UInt64(status.st_size), UInt64(bitPattern: Int64(status.st_mtim.tv_sec)),
                UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)),
            ]
            .map { String($0, radix: 36) }.joined(separator: "-"))
    }

    func response(to request: Request, contentType: ContentType) -> Response {
        let headers: Headers = [
            "etag": tag.description, "last-modified": HTTPDate.format(modified), "accept-ranges": "bytes",
        ]
        let precondition = Precondition(request.headers, tag: tag, modified: modified)
        guard precondition.outcome(for: request.method) == .go else {
            close(descriptor)
            let isUnchanged = precondition.outcome(for: request.method) == .notModified
            return Response(isUnchanged ? .notModified : .preconditionFailed, headers: headers)
        }
        var response = Response(headers: headers, contentType: contentType)
        let range = precondition.allowsRange ? ByteRange(header: request.headers["range"], size: size) : .whole
        switch range {
        case .whole:
            response.body = .file(FileBody(descriptor: descriptor, offset: 0, count: size))
        case .part(let offset, let count):
            response.status = .partialContent
            response.headers["content-range"] = "bytes \(offset)-\(offset + count - 1)/\(size)"
            response.body = .file(FileBody(descriptor: descriptor, offset: Int64(offset), count: count))
        case .unsatisfiable:
            close(descriptor)
            response = Response(.rangeNotSatisfiable, headers: headers)
            response.headers["content-range"] = "bytes */\(size)"
        }
        return response
    }
}
