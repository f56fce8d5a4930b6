import Crypto
import HTTP

/// A file that browsers get from memory: they keep it, and ask each time whether it is still the same.
struct PageFile: Sendable {
    private let bytes: [UInt8]
    private let contentType: ContentType
    private let headers: Headers
    private let tag: EntityTag

    static let caching = "no-cache"

    init(_ name: String, _ bytes: [UInt8], fields: Headers) {
        self.bytes = bytes
        contentType = Self.contentType(of: name)
        tag = EntityTag(Base64.encode(Array(SHA256.hash(bytes)[..<12]), .url))
        var headers = fields
        headers.append("etag", tag.description)
        headers.append("cache-control", Self.caching)
        self.headers = headers
    }

    func answer(to request: Request) -> Response {
        if let list = request.headers["if-none-match"], tag.isNamed(in: list) {
            return Response(.notModified, headers: headers)
        }
        return Response(headers: headers, contentType: contentType, body: .bytes(bytes))
    }

    /// Browsers are told not to guess, so each file says what it is.
    static func contentType(of name: String) -> ContentType {
        switch name.split(separator: ".").last {
        case "html": .html
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: .bytes
        }
    }
}
