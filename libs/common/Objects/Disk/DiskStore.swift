import HTTP
import JSON
import Loop

/// The embedded store for development: objects as files below one folder, with the same keys and the same presigned
/// URLs as S3. `ObjectRoutes` serves the URLs.
///
///     let store = try DiskStore(settings, blocking: blocking)
///     try await store.put(location, .bytes(png), PutOptions(contentType: "image/png"))
public final class DiskStore: ObjectStore {
    public let settings: DiskSettings
    public let blocking: BlockingPool
    let tree: DiskTree
    let now: @Sendable () -> Timestamp
    private let presigner: Presigner
    /// When uploads that nobody completes are looked for again.
    private let nextSweep: Locked<Timestamp>
    private static let sweepInterval = Duration.seconds(3600)

    public var limits: ObjectLimits { settings.limits }

    /// Blocks for as long as it takes to sweep what a process that was killed left behind. `now` is what tests replace.
    public init(
        _ settings: DiskSettings, blocking: BlockingPool = BlockingPool(maximumThreads: 4),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws(ObjectError) {
        self.settings = settings
        self.blocking = blocking
        self.now = now
        tree = try DiskTree(root: settings.root, isDurable: settings.isDurable)
        let credentials: ObjectCredentials
        if let given = settings.credentials { credentials = given } else { credentials = try tree.keptCredentials() }
        presigner = Presigner(credentials, region: settings.region, limits: settings.limits)
        nextSweep = Locked(now() + Self.sweepInterval)
        try tree.sweep(uploadLife: settings.uploadLife, now: now())
    }

    // MARK: Reading

    public func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectInfo {
        let record = try await onDisk { tree throws(ObjectError) in try tree.record(location) }
        guard let record else { throw .notFound }
        return record.info
    }

    public func get(_ location: ObjectLocation, range: ObjectRange?) async throws(ObjectError) -> StoredObject {
        let (record, file) = try await onDisk { tree throws(ObjectError) in try tree.open(location) }
        var bytes = 0..<record.size
        if let range {
            guard let part = range.resolved(in: record.size) else { throw .invalidRange }
            bytes = part
        }
        let checksum = range == nil ? record.info.checksum : nil
        return StoredObject(
            info: record.info, range: bytes,
            body: ObjectBody(source: .file(file, blocking), range: bytes, checksum: checksum))
    }

    public func list(_ request: ListRequest) async throws(ObjectError) -> ListPage {
        let size = min(request.pageSize ?? limits.listPage, limits.listPage)
        guard size > 0 else { throw .invalidRequest("a page has a key at least") }
        var after: [UInt8]?
        if let continuation = request.continuation { after = try DiskContinuation.last(continuation) }
        let walk = DiskWalk(prefix: request.folder.prefix, after: after, isShallow: request.isShallow, limit: size)
        return try await onDisk { tree throws(ObjectError) in
            guard let bucket = try tree.records.folder(request.folder.bucket.description) else { return ListPage() }
            var walk = walk
            try walk.run(bucket)
            return walk.page
        }
    }

    // MARK: Writing

    @discardableResult
    public func put(
        _ location: ObjectLocation, _ content: ObjectContent, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectInfo {
        try options.check(limits)
        if options.ifNoneMatch, try await onDisk({ tree throws(ObjectError) in try tree.record(location) }) != nil {
            throw .preconditionFailed
        }
        return try await withDraft { draft throws(ObjectError) in
            let size = try await write(content, to: draft.file)
            let checksum = try await checksum(of: draft.file, size, options.checksum)
            let info = ObjectInfo(
                size: size, entityTag: draft.id, contentType: options.contentType, metadata: options.metadata,
                checksum: checksum)
            return try await commit(draft, location, info, ifNoneMatch: options.ifNoneMatch)
        }
    }

    public func delete(_ location: ObjectLocation) async throws(ObjectError) {
        _ = try await onDisk { tree throws(ObjectError) in try tree.delete(location) }
    }

    public func delete(_ keys: [ObjectKey], in bucket: BucketName) async throws(ObjectError) -> [ObjectKey: String] {
        guard keys.count <= limits.listPage else { throw .invalidRequest("\(limits.listPage) keys at once") }
        return try await onDisk { tree throws(ObjectError) in
            var failures: [ObjectKey: String] = [:]
            for key in keys {
                do throws(ObjectError) { try tree.delete(ObjectLocation(bucket, key)) } catch {
                    failures[key] = "InternalError"
                }
            }
            return failures
        }
    }

    @discardableResult
    public func copy(_ source: ObjectLocation, to target: ObjectLocation) async throws(ObjectError) -> ObjectInfo {
        let (record, file) = try await onDisk { tree throws(ObjectError) in try tree.open(source) }
        return try await withDraft { draft throws(ObjectError) in
            _ = try await onDisk { _ throws(ObjectError) in try draft.file.append(contentsOf: file) }
            return try await commit(draft, target, record.info, ifNoneMatch: false)
        }
    }

    // MARK: For others

    public func presign(
        _ operation: PresignOptions.Operation, _ location: ObjectLocation, _ options: PresignOptions
    ) throws(ObjectError) -> PresignedRequest {
        try presign(operation, location, options, for: settings.publicEndpoint)
    }

    /// For another of the endpoints that the routes accept.
    public func presign(
        _ operation: PresignOptions.Operation, _ location: ObjectLocation, _ options: PresignOptions,
        for endpoint: ObjectEndpoint
    ) throws(ObjectError) -> PresignedRequest {
        var path = Array("\(DiskSettings.path)/\(location.bucket)/".utf8)
        AWSEncoding.append(location.key.description, to: &path, keepingSlash: true)
        return try presigner.presign(
            operation, base: endpoint.description, authority: endpoint.authority, path: path, options, now: now())
    }

    var signatureKeys: SigningKeys { presigner.keys }

    /// Whoever begins an upload clears away those that were left, now and then: without new ones there are no more.
    func sweepUploadsWhenDue() async throws(ObjectError) {
        let now = now()
        let isDue = nextSweep.withLock { next in
            guard next <= now else { return false }
            next = now + Self.sweepInterval
            return true
        }
        guard isDue else { return }
        let life = settings.uploadLife
        try await onDisk { tree throws(ObjectError) in try tree.sweepUploads(life: life, now: now) }
    }
}

extension DiskStore {
    /// Runs on the pool, away from the loop.
    func onDisk<Result: Sendable>(
        _ work: @escaping @Sendable (DiskTree) throws(ObjectError) -> Result
    ) async throws(ObjectError) -> Result {
        let tree = tree
        return try await inObjectErrors { try await blocking.run { try work(tree) } }
    }

    /// A draft for `body`, gone when it fails.
    func withDraft<Result: Sendable>(
        _ body: (DiskDraft) async throws(ObjectError) -> Result
    ) async throws(ObjectError) -> Result {
        let draft = try await onDisk { tree throws(ObjectError) in try DiskDraft(in: tree.temporary) }
        do throws(ObjectError) { return try await body(draft) } catch {
            // Not on the pool: a cancelled task gets no thread, and the leftover should go now.
            draft.discard(from: tree.temporary)
            throw error
        }
    }

    func commit(
        _ draft: DiskDraft, _ location: ObjectLocation, _ info: ObjectInfo, ifNoneMatch: Bool
    ) async throws(ObjectError) -> ObjectInfo {
        let now = now()
        return try await onDisk { tree throws(ObjectError) in
            try tree.commit(draft, location, info, now: now, ifNoneMatch: ifNoneMatch).info
        }
    }

    /// Answers the length.
    func write(_ content: ObjectContent, to file: DiskFile) async throws(ObjectError) -> Int {
        let limit = limits.objectBytes
        switch content.source {
        case .bytes(let bytes):
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
            try await onDisk { _ throws(ObjectError) in try file.append(bytes) }
            return bytes.count
        case .file(let path):
            return try await onDisk { _ throws(ObjectError) in
                let source = try DiskFile.open(path)
                guard try source.size() <= limit else { throw .tooLarge(limit: limit) }
                return try file.append(contentsOf: source)
            }
        case .stream(let length, let produce):
            guard length <= limit else { throw .tooLarge(limit: limit) }
            let written = Locked(0)
            try await inObjectErrors {
                try await produce { block in
                    let total = written.withLock { total in
                        total += block.count
                        return total
                    }
                    guard total <= length else { throw BodyLengthMismatch(declared: length, sent: total) }
                    try await self.onDisk { _ throws(ObjectError) in try file.append(block) }
                }
                let total = written.withLock { $0 }
                guard total == length else { throw BodyLengthMismatch(declared: length, sent: total) }
            }
            return length
        }
    }

    /// Of bytes that are on the disk: what was declared must be true, as nobody checks it later.
    func checksum(
        of file: DiskFile, _ size: Int, _ wanted: PutOptions.Checksum
    ) async throws(ObjectError) -> [UInt8]? {
        if case .none = wanted { return nil }
        let digest = try await onDisk { _ throws(ObjectError) in try file.hash(0..<size) }
        if case .sha256(let declared) = wanted, declared != digest { throw .checksumMismatch }
        return digest
    }
}
