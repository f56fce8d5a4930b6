import Loop

/// A place for objects: S3 and what speaks like it (`S3Store`), or a folder of this machine (`DiskStore`).
///
/// Everything is called from a task on a loop. Bodies stream both ways with flat memory.
///
///     let mask = ObjectLocation("s3://pacs-masks/masks/annotation_121/group_10/slice_001.png")!
///     try await store.put(mask, .file(path), PutOptions(contentType: "image/png"))
///     let url = try store.presign(.get, mask).url
///     for try await page in store.pages(of: ListRequest(ObjectFolder("s3://pacs-masks/masks")!)) { ... }
public protocol ObjectStore: Sendable {
    var limits: ObjectLimits { get }
    /// Where files are read and written.
    var blocking: BlockingPool { get }

    /// Stores an object, complete or not at all. Long bodies go in parts.
    @discardableResult
    func put(
        _ location: ObjectLocation, _ content: ObjectContent, _ options: PutOptions
    ) async throws(ObjectError) -> ObjectInfo

    /// An object or a range of it, its body read as it is asked for.
    func get(_ location: ObjectLocation, range: ObjectRange?) async throws(ObjectError) -> StoredObject

    func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectInfo

    func list(_ request: ListRequest) async throws(ObjectError) -> ListPage

    /// What is not there counts as deleted.
    func delete(_ location: ObjectLocation) async throws(ObjectError)

    /// Deletes many; answers those that could not be, with the store's reason.
    func delete(_ keys: [ObjectKey], in bucket: BucketName) async throws(ObjectError) -> [ObjectKey: String]

    /// With content type and metadata.
    @discardableResult
    func copy(_ source: ObjectLocation, to target: ObjectLocation) async throws(ObjectError) -> ObjectInfo

    func beginUpload(_ location: ObjectLocation, _ options: PutOptions) async throws(ObjectError) -> ObjectUpload

    /// `number` is 1 or more; the same number again replaces the part.
    func uploadPart(
        _ upload: ObjectUpload, number: Int, _ content: ObjectContent
    ) async throws(ObjectError) -> UploadedPart

    /// Makes the object of the parts. `ifNoneMatch` as in `PutOptions`.
    @discardableResult
    func completeUpload(
        _ upload: ObjectUpload, _ parts: [UploadedPart], ifNoneMatch: Bool
    ) async throws(ObjectError) -> ObjectInfo

    /// Forgets the parts. Nothing happens when there is no such upload.
    func abortUpload(_ upload: ObjectUpload) async throws(ObjectError)

    /// A URL with which others may do one thing for a while.
    func presign(
        _ operation: PresignOptions.Operation, _ location: ObjectLocation, _ options: PresignOptions
    ) throws(ObjectError) -> PresignedRequest

    /// Refuses new requests where there are connections; those under way go on.
    func shutDown()
}

extension ObjectStore {
    public func shutDown() {}

    @discardableResult
    public func put(_ location: ObjectLocation, _ content: ObjectContent) async throws(ObjectError) -> ObjectInfo {
        try await put(location, content, PutOptions())
    }

    public func get(_ location: ObjectLocation) async throws(ObjectError) -> StoredObject {
        try await get(location, range: nil)
    }

    /// The whole of a small object, or an error when it is longer than `maximumBytes`.
    public func bytes(_ location: ObjectLocation, upTo maximumBytes: Int) async throws(ObjectError) -> [UInt8] {
        try await get(location).body.collect(upTo: maximumBytes)
    }

    @discardableResult
    public func completeUpload(
        _ upload: ObjectUpload, _ parts: [UploadedPart]
    ) async throws(ObjectError) -> ObjectInfo {
        try await completeUpload(upload, parts, ifNoneMatch: false)
    }

    public func presign(
        _ operation: PresignOptions.Operation, _ location: ObjectLocation
    ) throws(ObjectError) -> PresignedRequest {
        try presign(operation, location, PresignOptions())
    }

    public func pages(of request: ListRequest) -> ListPages { ListPages(store: self, request: request) }

    /// Deletes everything in a folder; answers how many objects that were.
    @discardableResult
    public func deleteAll(in folder: ObjectFolder) async throws(ObjectError) -> Int {
        var count = 0
        while true {
            // The first page again: what was on it is gone.
            let page = try await list(ListRequest(folder))
            guard !page.objects.isEmpty else { return count }
            let failures = try await delete(page.objects.map(\.key), in: folder.bucket)
            if let failure = failures.first { throw .refused(status: 200, code: failure.value) }
            count += page.objects.count
        }
    }
}
