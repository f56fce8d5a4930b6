import Crypto
import HTTP
import JSON

/// One request to a store, before it is signed.
struct S3Request: Sendable {
    var method: Method
    var bucket: BucketName
    /// Nil for the bucket itself.
    var key: ObjectKey?
    var query: [(name: String, value: String)] = []
    var headers = Headers()
    var body = S3Body.empty
    var isTransfer = false
    /// Sending it twice has the effect of sending it once.
    var isRepeatable = true

    init(_ method: Method, _ bucket: BucketName, _ key: ObjectKey? = nil) {
        self.method = method
        self.bucket = bucket
        self.key = key
    }

    init(_ method: Method, _ location: ObjectLocation) {
        self.init(method, location.bucket, location.key)
    }
}

/// The body of a request to a store.
enum S3Body: Sendable {
    case empty
    case bytes([UInt8])
    case file(DiskFile, Range<Int>)
    case stream(length: Int, @Sendable (@Sendable ([UInt8]) async throws -> Void) async throws -> Void)

    /// It can be sent again.
    var isReplayable: Bool {
        if case .stream = self { return false }
        return true
    }

    /// Bytes are covered by the signature; hashing what is read from a file or a stream would mean reading it twice.
    var payload: CanonicalRequest.Payload {
        switch self {
        case .empty: .of([])
        case .bytes(let bytes): .of(bytes)
        case .file, .stream: .unsigned
        }
    }
}

/// Where requests go, and how they are addressed and signed.
struct S3Address: Sendable {
    let endpoint: ObjectEndpoint
    let addressing: S3Settings.Addressing

    func authority(_ bucket: BucketName) -> String {
        addressing == .path ? endpoint.authority : endpoint.prefixed(by: bucket)
    }

    func base(_ bucket: BucketName) -> String {
        (endpoint.isSecure ? "https://" : "http://") + authority(bucket)
    }

    /// Percent-encoded.
    func path(_ bucket: BucketName, _ key: ObjectKey?) -> [UInt8] {
        var path: [UInt8] = []
        path.reserveCapacity(160)
        path.append(UInt8(ascii: "/"))
        if addressing == .path {
            path.append(contentsOf: bucket.description.utf8)
            if key != nil { path.append(UInt8(ascii: "/")) }
        }
        if let key { AWSEncoding.append(key.description, to: &path, keepingSlash: true) }
        return path
    }
}

extension S3Request {
    /// The URL and all headers, signed for this moment.
    func signed(
        _ signature: SignatureV4, _ address: S3Address, now: Timestamp
    ) -> (url: String, headers: Headers) {
        let date = SigningDate(now)
        var canonicalQuery = CanonicalQuery()
        for (name, value) in query { canonicalQuery.append(name, value) }
        let queryBytes = canonicalQuery.bytes
        let path = address.path(bucket, key)
        let payload = body.payload
        var headers = self.headers
        headers["host"] = address.authority(bucket)
        headers["x-amz-date"] = String(decoding: date.text, as: UTF8.self)
        headers["x-amz-content-sha256"] = String(decoding: payload.text, as: UTF8.self)
        headers["x-amz-security-token"] = signature.keys.credentials.sessionToken
        var pairs: [(name: String, value: String)] = []
        headers.forEach { pairs.append(($0, $1)) }
        let request = CanonicalRequest(
            method: method.rawValue, path: path, query: queryBytes, headers: pairs, payload: payload)
        headers["authorization"] = signature.authorization(request, at: date)
        let target = queryBytes.isEmpty ? path : path + [UInt8(ascii: "?")] + queryBytes
        return (address.base(bucket) + String(decoding: target, as: UTF8.self), headers)
    }
}
