import Crypto
import HTTP
import JSON
import Loop

/// A store that speaks S3: any endpoint, path or virtual-host style, with flat memory both ways.
///
///     var settings = S3Settings(endpoint: ObjectEndpoint("http://127.0.0.1:9000")!, credentials: credentials)
///     settings.publicEndpoint = ObjectEndpoint("https://objects.example.org")
///     let store = S3Store(settings)
public final class S3Store: ObjectStore {
    public let settings: S3Settings
    public let blocking: BlockingPool
    let client: S3Client
    private let presigner: Presigner
    private let publicAddress: S3Address

    public var limits: ObjectLimits { settings.limits }

    /// `now` is what tests replace.
    public init(
        _ settings: S3Settings, blocking: BlockingPool = BlockingPool(maximumThreads: 4),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.settings = settings
        self.blocking = blocking
        client = S3Client(settings, blocking: blocking, now: now)
        presigner = Presigner(settings.credentials, region: settings.region, limits: settings.limits)
        publicAddress = S3Address(
            endpoint: settings.publicEndpoint ?? settings.endpoint, addressing: settings.addressing)
    }

    public func shutDown() {
        client.client.shutDown()
    }

    public func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectInfo {
        var request = S3Request(.head, location)
        request.headers["x-amz-checksum-mode"] = "ENABLED"
        let headers = try await client.answer(request).headers
        guard let size = headers["content-length"].flatMap({ Int($0) }), size >= 0 else {
            throw .malformedAnswer("an object without a length")
        }
        return S3Answer.info(headers, size: size)
    }

    public func get(_ location: ObjectLocation, range: ObjectRange?) async throws(ObjectError) -> StoredObject {
        try await get(location, range: range, entityTag: nil)
    }

    /// `entityTag`: only this version.
    func get(
        _ location: ObjectLocation, range: ObjectRange?, entityTag: String?
    ) async throws(ObjectError) -> StoredObject {
        if let range, range.offset < 0 || range.count.map({ $0 < 1 }) ?? false { throw .invalidRange }
        var request = S3Request(.get, location)
        request.isTransfer = true
        if let range {
            request.headers["range"] = range.header
        } else {
            request.headers["x-amz-checksum-mode"] = "ENABLED"
        }
        if let entityTag { request.headers["if-match"] = "\"\(entityTag)\"" }
        let response = try await client.send(request)
        guard let length = response.headers["content-length"].flatMap({ Int($0) }), length >= 0 else {
            throw .malformedAnswer("an object without a length")
        }
        var (bytes, size) = (0..<length, length)
        if let range {
            // Some stores answer a range with 200; what counts is the range that they say it is.
            guard let given = response.headers["content-range"].flatMap(S3Answer.contentRange),
                given.range.lowerBound == range.offset, given.range.count == length
            else { throw .malformedAnswer("a range that was not asked for") }
            (bytes, size) = (given.range, given.size)
        }
        let info = S3Answer.info(response.headers, size: size)
        let body = ObjectBody(
            source: .response(response.body), range: bytes, checksum: range == nil ? info.checksum : nil)
        return StoredObject(info: info, range: bytes, body: body)
    }

    public func list(_ list: ListRequest) async throws(ObjectError) -> ListPage {
        let size = min(list.pageSize ?? limits.listPage, limits.listPage)
        guard size > 0 else { throw .invalidRequest("a page has a key at least") }
        var request = S3Request(.get, list.folder.bucket)
        request.query = [("list-type", "2"), ("max-keys", String(size))]
        if !list.folder.prefix.description.isEmpty {
            request.query.append(("prefix", list.folder.prefix.description))
        }
        if list.isShallow { request.query.append(("delimiter", "/")) }
        if let token = list.continuation { request.query.append(("continuation-token", token)) }
        return try S3Answer.page(try await client.document(request, ["ListBucketResult"]).root)
    }

    public func delete(_ location: ObjectLocation) async throws(ObjectError) {
        do throws(ObjectError) { _ = try await client.answer(S3Request(.delete, location)) } catch {
            if case .notFound = error { return }
            throw error
        }
    }

    public func delete(_ keys: [ObjectKey], in bucket: BucketName) async throws(ObjectError) -> [ObjectKey: String] {
        guard keys.count <= limits.listPage else { throw .invalidRequest("\(limits.listPage) keys at once") }
        guard !keys.isEmpty else { return [:] }
        var text = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for key in keys { text += "<Object><Key>\(XMLText.escaped(key.description))</Key></Object>" }
        text += "<Quiet>true</Quiet></Delete>"
        let body = Array(text.utf8)
        var request = S3Request(.post, bucket)
        request.query = [("delete", "")]
        request.headers["content-type"] = "application/xml"
        request.headers["x-amz-checksum-sha256"] = Base64.encode(SHA256.hash(body))
        request.body = .bytes(body)
        var failures: [ObjectKey: String] = [:]
        for entry in try await client.document(request, ["DeleteResult"]).root.children("Error") {
            guard let key = entry.text("Key").flatMap({ ObjectKey($0) }), entry.text("Code") != "NoSuchKey" else {
                continue
            }
            failures[key] = entry.text("Code") ?? "unknown"
        }
        return failures
    }

    @discardableResult
    public func copy(_ source: ObjectLocation, to target: ObjectLocation) async throws(ObjectError) -> ObjectInfo {
        var request = S3Request(.put, target)
        request.isTransfer = true
        request.headers["x-amz-copy-source"] =
            "/\(source.bucket)/" + PercentCoding.encode(source.key.description, keepingSlash: true)
        _ = try await client.document(request, ["CopyObjectResult"])
        return try await head(target)
    }

    public func presign(
        _ operation: PresignOptions.Operation, _ location: ObjectLocation, _ options: PresignOptions
    ) throws(ObjectError) -> PresignedRequest {
        try presigner.presign(
            operation, base: publicAddress.base(location.bucket), authority: publicAddress.authority(location.bucket),
            path: publicAddress.path(location.bucket, location.key), options, now: client.now())
    }

    /// Makes a bucket; one that is ours already stays as it is.
    public func createBucket(_ bucket: BucketName) async throws(ObjectError) {
        do throws(ObjectError) { _ = try await client.answer(S3Request(.put, bucket)) } catch {
            if case .refused(409, "BucketAlreadyOwnedByYou") = error { return }
            throw error
        }
    }

    /// Removes a bucket, which must be empty.
    public func deleteBucket(_ bucket: BucketName) async throws(ObjectError) {
        _ = try await client.answer(S3Request(.delete, bucket))
    }
}
