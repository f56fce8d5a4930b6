import Crypto
import HTTP
import JSON

/// Makes URLs that carry their own permission: SigV4 in the query, and every header that matters signed.
struct Presigner: Sendable {
    let keys: SigningKeys
    let limits: ObjectLimits

    init(_ credentials: ObjectCredentials, region: String, limits: ObjectLimits) {
        keys = SigningKeys(credentials, SigningScope(region: region, service: "s3"))
        self.limits = limits
    }

    /// `base` is scheme and authority, `path` percent-encoded.
    func presign(
        _ operation: PresignOptions.Operation, base: String, authority: String, path: [UInt8],
        _ options: PresignOptions, now: Timestamp
    ) throws(ObjectError) -> PresignedRequest {
        let life = try life(options)
        let seconds = life.components.seconds
        let date = SigningDate(now)
        let key = keys.key(at: date)
        let method: Method = operation == .get ? .get : .put
        let headers = operation == .get ? [] : try Self.headers(options, limits)
        let (lines, names) = Self.canonicalHeaders(headers, authority)

        var query: [UInt8] = []
        query.reserveCapacity(512)
        query.append(contentsOf: Self.algorithm)
        query.append(contentsOf: key.credential)
        query.append(contentsOf: "&X-Amz-Date=".utf8)
        query.append(contentsOf: date.text)
        query.append(contentsOf: "&X-Amz-Expires=".utf8)
        query.append(contentsOf: String(seconds).utf8)
        if let token = keys.credentials.sessionToken {
            query.append(contentsOf: "&X-Amz-Security-Token=".utf8)
            AWSEncoding.append(token, to: &query)
        }
        query.append(contentsOf: "&X-Amz-SignedHeaders=".utf8)
        AWSEncoding.append(names, to: &query)
        // These sort behind what begins with a capital.
        for (name, value) in Self.parameters(operation, options) {
            query.append(UInt8(ascii: "&"))
            query.append(contentsOf: name.utf8)
            query.append(UInt8(ascii: "="))
            AWSEncoding.append(value, to: &query)
        }

        var request: [UInt8] = []
        request.reserveCapacity(path.count + query.count + lines.count + names.count + 40)
        request.append(contentsOf: method.rawValue.utf8)
        for part in [path, query, lines, names] {
            request.append(UInt8(ascii: "\n"))
            request.append(contentsOf: part)
        }
        request.append(contentsOf: "\nUNSIGNED-PAYLOAD".utf8)
        let signature = HMAC.sha256(
            key: key.bytes, SignatureV4.stringToSign(request, at: date, scope: key.scope))

        var url: [UInt8] = []
        url.reserveCapacity(base.utf8.count + path.count + query.count + 90)
        url.append(contentsOf: base.utf8)
        url.append(contentsOf: path)
        url.append(UInt8(ascii: "?"))
        url.append(contentsOf: query)
        url.append(contentsOf: "&X-Amz-Signature=".utf8)
        HexDigits.append(signature, to: &url)
        return PresignedRequest(
            method: method, url: String(decoding: url, as: UTF8.self),
            headers: headers.filter { $0.name != "content-length" }, expires: date.time + life, life: life)
    }

    private static let algorithm = Array("X-Amz-Algorithm=\(SignatureV4.algorithm)&X-Amz-Credential=".utf8)

    /// Whole seconds, within the limits.
    private func life(_ options: PresignOptions) throws(ObjectError) -> Duration {
        let wanted = options.life ?? limits.presignedLife
        let life = min(wanted, limits.maximumPresignedLife, ObjectLimits.protocolPresignedLife)
        guard life >= .seconds(1) else { throw .invalidRequest("a presigned URL lives for a second at least") }
        return .seconds(life.components.seconds)
    }

    /// What the client has to send, in the order of the names.
    private static func headers(
        _ options: PresignOptions, _ limits: ObjectLimits
    ) throws(ObjectError) -> [(name: String, value: String)] {
        try PutOptions(contentType: options.contentType, metadata: options.metadata).check(limits)
        var headers: [(name: String, value: String)] = []
        if let length = options.contentLength {
            guard length >= 0, length <= limits.objectBytes else { throw .tooLarge(limit: limits.objectBytes) }
            headers.append(("content-length", String(length)))
        }
        if let type = options.contentType { headers.append(("content-type", type)) }
        if options.ifNoneMatch { headers.append(("if-none-match", "*")) }
        if let acl = options.acl { headers.append(("x-amz-acl", acl)) }
        if let checksum = options.checksum {
            guard checksum.count == SHA256.byteCount else { throw .invalidRequest("a SHA-256 checksum has 32 bytes") }
            headers.append(("x-amz-checksum-sha256", Base64.encode(checksum)))
        }
        for (name, value) in options.metadata.pairs { headers.append(("x-amz-meta-\(name)", value)) }
        if let storageClass = options.storageClass { headers.append(("x-amz-storage-class", storageClass)) }
        for (name, value) in headers where !value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
            throw .invalidRequest("the value of \(name) must be visible ASCII")
        }
        return headers
    }

    /// The lines of the canonical request and the list of their names. `headers` are in order, and `host` belongs in
    /// between.
    private static func canonicalHeaders(
        _ headers: [(name: String, value: String)], _ authority: String
    ) -> (lines: [UInt8], names: [UInt8]) {
        var lines: [UInt8] = []
        var names: [UInt8] = []
        func append(_ name: String, _ value: String) {
            if !names.isEmpty { names.append(UInt8(ascii: ";")) }
            names.append(contentsOf: name.utf8)
            lines.append(contentsOf: name.utf8)
            lines.append(UInt8(ascii: ":"))
            lines.append(contentsOf: value.utf8)
            lines.append(UInt8(ascii: "\n"))
        }
        var hasHost = false
        for (name, value) in headers {
            if !hasHost, name > "host" {
                append("host", authority)
                hasHost = true
            }
            append(name, value)
        }
        if !hasHost { append("host", authority) }
        return (lines, names)
    }

    private static func parameters(
        _ operation: PresignOptions.Operation, _ options: PresignOptions
    ) -> [(name: String, value: String)] {
        switch operation {
        case .put: return []
        case .part(let upload, let number): return [("partNumber", String(number)), ("uploadId", upload.id)]
        case .get:
            var parameters: [(name: String, value: String)] = []
            if let value = options.responseContentDisposition {
                parameters.append(("response-content-disposition", value))
            }
            if let value = options.responseContentType { parameters.append(("response-content-type", value)) }
            return parameters
        }
    }
}
