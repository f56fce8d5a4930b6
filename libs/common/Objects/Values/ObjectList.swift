import JSON

/// What to list.
public struct ListRequest: Sendable {
    public var folder: ObjectFolder
    /// Folds what lies in deeper folders into their names, as with the delimiter `/`.
    public var isShallow: Bool
    /// Keys and folders of one page; nil for the store's limit.
    public var pageSize: Int?
    /// Where the page before ended.
    public var continuation: String?

    public init(
        _ folder: ObjectFolder, isShallow: Bool = false, pageSize: Int? = nil, continuation: String? = nil
    ) {
        self.folder = folder
        self.isShallow = isShallow
        self.pageSize = pageSize
        self.continuation = continuation
    }
}

public struct ListedObject: Sendable, Equatable {
    public let key: ObjectKey
    public let size: Int
    public let entityTag: String
    public let modified: Timestamp?

    public init(key: ObjectKey, size: Int, entityTag: String, modified: Timestamp?) {
        self.key = key
        self.size = size
        self.entityTag = entityTag
        self.modified = modified
    }
}

/// One page of a list, in the order of the keys' bytes.
public struct ListPage: Sendable {
    public var objects: [ListedObject] = []
    /// Folders below, when the list is shallow.
    public var folders: [KeyPrefix] = []
    /// Nil for the last page.
    public var continuation: String?
    /// Keys of others that could not be ours: `a//b`, `../x`, or a folder's own marker.
    public var skipped = 0

    public init() {}
}

/// The pages of a list, each asked for when it is wanted.
public struct ListPages: AsyncSequence, Sendable {
    public typealias Element = ListPage

    let store: any ObjectStore
    let request: ListRequest

    public func makeAsyncIterator() -> Iterator { Iterator(store: store, next: request) }

    public struct Iterator: AsyncIteratorProtocol {
        let store: any ObjectStore
        var next: ListRequest?

        public mutating func next() async throws -> ListPage? {
            guard var request = next else { return nil }
            let page = try await store.list(request)
            // A store that repeats itself would be asked for ever.
            if let continuation = page.continuation, continuation != request.continuation {
                request.continuation = continuation
                next = request
            } else {
                next = nil
            }
            return page
        }
    }
}
