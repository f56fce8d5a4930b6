import Crypto
import HTTP
import JSON

/// What a store's answers mean.
enum S3Answer {
    /// The `<Error>` of a body that was refused, in this module's words.
    static func error(_ status: Status, _ headers: Headers, _ body: [UInt8]) -> ObjectError {
        let code = (try? XMLParser.parse(body)).flatMap { $0.name == "Error" ? $0.text("Code") : nil } ?? ""
        return error(status.code, code: code, retryAfter: headers["retry-after"])
    }

    static func error(_ status: UInt16, code: String, retryAfter: String?) -> ObjectError {
        switch code {
        case "NoSuchKey", "NoSuchBucket", "NoSuchUpload", "NotFound": return .notFound
        case "SlowDown", "SlowDownWrite", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling",
            "RequestLimitExceeded", "OperationAborted":
            return .unavailable(retryAfter: duration(retryAfter))
        case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch": return .checksumMismatch
        case "PreconditionFailed", "ConditionalRequestConflict": return .preconditionFailed
        case "EntityTooLarge": return .tooLarge(limit: 0)
        case "InvalidRange": return .invalidRange
        case "KeyTooLongError": return .invalidKey("it is too long for the store")
        default: break
        }
        switch status {
        case 404: return .notFound
        case 401, 403: return .accessDenied(code)
        case 412: return .preconditionFailed
        case 413: return .tooLarge(limit: 0)
        case 416: return .invalidRange
        case 429, 500, 502, 503, 504: return .unavailable(retryAfter: duration(retryAfter))
        default: return .refused(status: Int(status), code: code)
        }
    }

    private static func duration(_ retryAfter: String?) -> Duration? {
        retryAfter.flatMap(Int64.init).flatMap { (0...86_400).contains($0) ? .seconds($0) : nil }
    }

    /// The document of a good answer. Some actions answer 200 and an error inside.
    static func document(_ body: [UInt8], _ names: [String]) throws(ObjectError) -> XMLElement {
        let root: XMLElement
        do throws(XMLParser.Malformed) { root = try XMLParser.parse(body) } catch {
            throw .malformedAnswer(error.reason)
        }
        if root.name == "Error" { throw error(200, code: root.text("Code") ?? "", retryAfter: nil) }
        guard names.contains(root.name) else {
            throw .malformedAnswer("<\(root.name)> in place of <\(names.first ?? "")>")
        }
        return root
    }

    static func info(_ headers: Headers, size: Int) -> ObjectInfo {
        var info = ObjectInfo(size: size, entityTag: unquoted(headers["etag"] ?? ""))
        info.modified = headers["last-modified"].flatMap(HTTPDate.parse).map { Timestamp(seconds: Int64($0)) }
        info.contentType = headers["content-type"]
        headers.forEach { name, value in
            let name = name.lowercased()
            if name.hasPrefix("x-amz-meta-") { info.metadata[String(name.dropFirst(11))] = value }
        }
        info.checksum = headers["x-amz-checksum-sha256"].flatMap(checksum)
        return info
    }

    /// Nil for a checksum of checksums, which an object has that was put in parts.
    static func checksum(_ text: String) -> [UInt8]? {
        Base64.decode(text).flatMap { $0.count == SHA256.byteCount ? $0 : nil }
    }

    static func unquoted(_ tag: String) -> String {
        tag.count >= 2 && tag.hasPrefix("\"") && tag.hasSuffix("\"") ? String(tag.dropFirst().dropLast()) : tag
    }

    /// `bytes 0-99/1000`
    static func contentRange(_ text: String) -> (range: Range<Int>, size: Int)? {
        guard text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        guard parts.count == 2, let size = Int(parts[1]) else { return nil }
        let ends = parts[0].split(separator: "-")
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last, last < size
        else { return nil }
        return (first..<last + 1, size)
    }

    static func page(_ root: XMLElement) throws(ObjectError) -> ListPage {
        var page = ListPage()
        for entry in root.children("Contents") {
            guard let size = entry.text("Size").flatMap({ Int($0) }), size >= 0, let text = entry.text("Key") else {
                throw .malformedAnswer("an entry of a list without key or size")
            }
            guard let key = ObjectKey(text) else {
                page.skipped += 1
                continue
            }
            page.objects.append(
                ListedObject(
                    key: key, size: size, entityTag: unquoted(entry.text("ETag") ?? ""),
                    modified: entry.text("LastModified").flatMap { Timestamp($0) }))
        }
        for entry in root.children("CommonPrefixes") {
            guard let prefix = entry.text("Prefix").flatMap({ KeyPrefix($0) }) else {
                page.skipped += 1
                continue
            }
            page.folders.append(prefix)
        }
        if root.text("IsTruncated") == "true" {
            guard let next = root.text("NextContinuationToken"), !next.isEmpty else {
                throw .malformedAnswer("a list that goes on does not say where")
            }
            page.continuation = next
        }
        return page
    }
}
