import Telemetry

/// One response: status, fields and a body that is bytes, a file or a stream.
public struct Response: Sendable {
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        case file(FileBody)
        /// Written piece by piece, chunked unless the length is known.
        case stream(length: Int?, @Sendable (BodyWriter) async throws -> Void)

        /// The bytes of a body that can go out with its head in one piece.
        @inline(__always)
        func shortBytes(upTo maximum: Int) -> [UInt8]? {
            switch self {
            case .empty: return []
            case .bytes(let bytes): return bytes.count <= maximum ? bytes : nil
            case .file, .stream: return nil
            }
        }
    }

    public var status: Status
    public var headers: Headers
    /// Apart from `headers`, since nearly every response has one and it is nearly always a constant.
    public var contentType: ContentType?
    public var body: Body
    /// Ends the connection after this response.
    public var closesConnection = false
    /// Which route answered; what the request is counted under.
    var route: RouteMetrics?

    public init(
        _ status: Status = .ok, headers: Headers = Headers(), contentType: ContentType? = nil, body: Body = .empty
    ) {
        self.status = status
        self.headers = headers
        self.contentType = contentType
        self.body = body
    }

    public static func text(_ text: String, status: Status = .ok) -> Response {
        Response(status, contentType: .text, body: .bytes(Array(text.utf8)))
    }

    public static func html(_ html: String, status: Status = .ok) -> Response {
        Response(status, contentType: .html, body: .bytes(Array(html.utf8)))
    }

    /// JSON that is already encoded.
    public static func json(bytes: [UInt8], status: Status = .ok) -> Response {
        Response(status, contentType: .json, body: .bytes(bytes))
    }

    /// A body from any sequence of byte blocks; the next block is asked for when the last one was taken by the socket.
    public static func stream<Blocks: AsyncSequence & Sendable>(
        _ blocks: Blocks, length: Int? = nil, contentType: ContentType, status: Status = .ok
    ) -> Response where Blocks.Element == [UInt8] {
        Response(
            status, contentType: contentType,
            body: .stream(length: length) { writer in
                for try await block in blocks { try await writer.write(block) }
            })
    }
}
