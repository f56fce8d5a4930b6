/// The parts of a multipart body as they come. Each part's data must be read before the next part is asked for; what is
/// left of it is skipped.
public struct MultipartBody: AsyncSequence, Sendable {
    public typealias Element = MultipartPart

    private let reader: MultipartReader
    private let limits: MultipartLimits

    init(reader: MultipartReader, limits: MultipartLimits) {
        self.reader = reader
        self.limits = limits
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(reader: reader, limits: limits)
    }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let reader: MultipartReader
        let limits: MultipartLimits

        public func next() async throws -> MultipartPart? {
            guard let (headers, number) = try await reader.nextPart() else { return nil }
            return MultipartPart(try MultipartPartHead(headers, limits: limits), reader: reader, number: number)
        }
    }
}

extension Request {
    /// The parts of a `multipart/form-data` body; 415 for any other, 400 without a proper boundary.
    public func multipart(limits: MultipartLimits = MultipartLimits()) throws -> MultipartBody {
        guard let contentType, contentType.essence == "multipart/form-data" else {
            throw ServiceError(.unsupportedMediaType, "unsupported_media_type", "the body must be multipart/form-data")
        }
        guard let boundary = contentType.parameter("boundary") else {
            throw ParseFailure.multipart("the Content-Type needs the body's boundary")
        }
        let parser = MultipartParser(boundary: try MultipartBoundary(boundary), limits: limits)
        return MultipartBody(
            reader: MultipartReader(try body.limited(to: limits.totalBytes), parser), limits: limits)
    }
}
