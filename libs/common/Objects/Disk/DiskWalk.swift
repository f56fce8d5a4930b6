/// Goes through the records of a bucket in the order of the keys' bytes, from where the page before ended.
struct DiskWalk {
    private enum Found {
        case object(DiskFolder, fileName: String)
        case folder(DiskFolder, name: String)
    }

    private struct Step {
        /// Of the key; a folder's ends in a slash, so that it is in its place among the others.
        let name: [UInt8]
        let found: Found
    }

    private let prefix: [UInt8]
    private let after: [UInt8]?
    private let isShallow: Bool
    private let limit: Int
    private(set) var page = ListPage()
    private var last: [UInt8] = []

    init(prefix: KeyPrefix, after: [UInt8]?, isShallow: Bool, limit: Int) {
        self.prefix = Array(prefix.description.utf8)
        self.after = after
        self.isShallow = isShallow
        self.limit = limit
    }

    mutating func run(_ bucket: DiskFolder) throws(ObjectError) {
        _ = try walk(bucket, path: [])
    }

    /// False when the page is full.
    private mutating func walk(_ folder: DiskFolder, path: [UInt8]) throws(ObjectError) -> Bool {
        for step in try Self.steps(folder) {
            let key = path + step.name
            switch step.found {
            case .object(let folder, let fileName):
                guard key.starts(with: prefix), isNew(key) else { continue }
                guard try add(key, folder, fileName) else { return false }
            case .folder(let parent, let name):
                guard key.starts(with: prefix) || prefix.starts(with: key), mayHoldNew(key),
                    let folder = try parent.folder(name)
                else { continue }
                if isShallow, key.count > prefix.count {
                    guard isNew(key), try Self.holdsObject(folder) else { continue }
                    guard add(folder: key) else { return false }
                } else if try !walk(folder, path: key) {
                    return false
                }
            }
        }
        return true
    }

    private func isNew(_ key: [UInt8]) -> Bool {
        guard let after else { return true }
        // A folder that was named stands for everything in it.
        if isShallow, after.last?.isSlash == true, key.starts(with: after) { return false }
        return after.lexicographicallyPrecedes(key)
    }

    private func mayHoldNew(_ folder: [UInt8]) -> Bool {
        guard let after else { return true }
        return after.starts(with: folder) || after.lexicographicallyPrecedes(folder)
    }

    private mutating func add(_ key: [UInt8], _ folder: DiskFolder, _ fileName: String) throws(ObjectError) -> Bool {
        guard hasRoom() else { return false }
        // Deleted since the folder was read.
        guard let file = try folder.file(fileName) else { return true }
        let record = try DiskRecord.read(file)
        guard let key = ObjectKey(String(decoding: key, as: UTF8.self)) else { return true }
        last = Array(key.description.utf8)
        page.objects.append(
            ListedObject(key: key, size: record.size, entityTag: record.id, modified: record.modified))
        return true
    }

    private mutating func add(folder: [UInt8]) -> Bool {
        guard hasRoom() else { return false }
        guard let prefix = KeyPrefix(String(decoding: folder, as: UTF8.self)) else { return true }
        last = folder
        page.folders.append(prefix)
        return true
    }

    private mutating func hasRoom() -> Bool {
        guard page.objects.count + page.folders.count >= limit else { return true }
        page.continuation = DiskContinuation.text(last)
        return false
    }

    private static func steps(_ folder: DiskFolder, beginning: [UInt8] = []) throws(ObjectError) -> [Step] {
        var steps = try unsorted(folder, beginning)
        steps.sort { $0.name.lexicographicallyPrecedes($1.name) }
        return steps
    }

    private static func unsorted(_ folder: DiskFolder, _ beginning: [UInt8]) throws(ObjectError) -> [Step] {
        var steps: [Step] = []
        for entry in try folder.entries() {
            switch DiskName.Entry(entry) {
            case .object(let name):
                guard let decoded = DiskName.decoded(name) else { continue }
                steps.append(Step(name: beginning + decoded, found: .object(folder, fileName: entry.name)))
            case .folder(let name):
                guard let decoded = DiskName.decoded(name) else { continue }
                steps.append(
                    Step(
                        name: beginning + decoded + [UInt8(ascii: "/")],
                        found: .folder(folder, name: entry.name)))
            case .beginning(let name):
                guard let decoded = DiskName.decoded(name), let inner = try folder.folder(entry.name) else { continue }
                steps += try unsorted(inner, beginning + decoded)
            case nil: continue
            }
        }
        return steps
    }

    /// A crash may leave folders with nothing in them, which are no folders of the store.
    private static func holdsObject(_ folder: DiskFolder) throws(ObjectError) -> Bool {
        for entry in try folder.entries() {
            if case .object = DiskName.Entry(entry) { return true }
            if entry.isFolder, let inner = try folder.folder(entry.name), try holdsObject(inner) { return true }
        }
        return false
    }
}
