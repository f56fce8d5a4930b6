/// How much a multipart body may bring along.
public struct MultipartLimits: Sendable {
    public var parts = 100
    /// The header fields of one part.
    public var headerBytes = 8 * 1024
    public var nameBytes = 256
    public var filenameBytes = 1024
    public var partBytes = 1 << 30
    public var totalBytes = 4 << 30
    /// What of a part is held in memory when a form is collected; the rest of a larger one goes to a file.
    public var memoryBytesPerPart = 64 * 1024

    public init() {}
}

extension ParseFailure {
    static func multipart(_ message: String) -> ParseFailure {
        ParseFailure(.badRequest, "malformed_multipart", message)
    }

    static func multipartTooLarge(_ code: String, _ message: String) -> ParseFailure {
        ParseFailure(.contentTooLarge, code, message)
    }
}
