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
        let names = Self.names(headers)

        // The canonical request; its query is that of the URL.
        var request: [UInt8] = []
        request.reserveCapacity(1024)
        request.append(contentsOf: method.rawValue.utf8)
        request.append(UInt8(ascii: "\n"))
        request.append(contentsOf: path)
        request.append(UInt8(ascii: "\n"))
        let queryStart = request.count
        request.append(contentsOf: Self.algorithm)
        request.append(contentsOf: key.credential)
        request.append(contentsOf: "&X-Amz-Date=".utf8)
        request.append(contentsOf: date.text)
        request.append(contentsOf: "&X-Amz-Expires=".utf8)
        request.append(contentsOf: String(seconds).utf8)
        if let token = keys.credentials.sessionToken {
            request.append(contentsOf: "&X-Amz-Security-Token=".utf8)
            AWSEncoding.append(token, to: &request)
        }
        request.append(contentsOf: "&X-Amz-SignedHeaders=".utf8)
        AWSEncoding.append(names, to: &request)
        // These sort behind what begins with a capital.
        for (name, value) in Self.parameters(operation, options) {
            request.append(UInt8(ascii: "&"))
            request.append(contentsOf: name.utf8)
            request.append(UInt8(ascii: "="))
            AWSEncoding.append(value, to: &request)
        }
        let query = queryStart..<request.count
        request.append(UInt8(ascii: "\n"))
        Self.appendHeaders(headers, authority, to: &request)
        request.append(UInt8(ascii: "\n"))
        request.append(contentsOf: names)
        request.append(contentsOf: "\nUNSIGNED-PAYLOAD".utf8)
        let signature = key.mac.authenticate(SignatureV4.stringToSign(request, at: date, scope: key.scope))

        var url: [UInt8] = []
        url.reserveCapacity(base.utf8.count + path.count + query.count + 90)
        url.append(contentsOf: base.utf8)
        url.append(contentsOf: path)
        url.append(UInt8(ascii: "?"))
        url.append(contentsOf: request[query])
        url.append(contentsOf: "&X-Amz-Signature=".utf8)
        HexDigits.append(signature, to: &url)
        return PresignedRequest(
            method: method, url: String(decoding: url, as: UTF8.self),
            headers: options.contentLength == nil ? headers : headers.filter { $0.name != "content-length" },
            expires: date.time + life, life: life)
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
        for (name, value) in options.metadata.pairs { headers.append(("x-amz-meta-" + name, value)) }
        if let storageClass = options.storageClass { headers.append(("x-amz-storage-class", storageClass)) }
        for (name, value) in headers where !value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
            throw .invalidRequest("the value of \(name) must be visible ASCII")
        }
        return headers
    }

    /// The names of what is signed. `headers` are in order, and `host` belongs in between.
    private static func names(_ headers: [(name: String, value: String)]) -> [UInt8] {
        var names: [UInt8] = []
        inOrder(headers, "") { name, _ in
            if !names.isEmpty { names.append(UInt8(ascii: ";")) }
            names.append(contentsOf: name.utf8)
        }
        return names
    }

    private static func appendHeaders(
        _ headers: [(name: String, value: String)], _ authority: String, to request: inout [UInt8]
    ) {
        inOrder(headers, authority) { name, value in
            request.append(contentsOf: name.utf8)
            request.append(UInt8(ascii: ":"))
            request.append(contentsOf: value.utf8)
            request.append(UInt8(ascii: "\n"))
        }
    }

    private static func inOrder(
        _ headers: [(name: String, value: String)], _ authority: String, _ body: (String, String) -> Void
    ) {
        var hasHost = false
        for (name, value) in headers {
            if !hasHost, name > "host" {
                body("host", authority)
                hasHost = true
            }
            body(name, value)
        }
        if !hasHost { body("host", authority) }
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
