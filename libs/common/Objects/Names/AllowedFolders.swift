/// The folders that requests from outside may name; nothing is allowed that is not listed.
public struct AllowedFolders: Sendable, Equatable {
    public var folders: [ObjectFolder]

    public init(_ folders: [ObjectFolder]) {
        self.folders = folders
    }

    /// From a comma-separated list of `s3://bucket/prefix`; nil when one of them is not valid.
    public init?(_ list: String) {
        var folders: [ObjectFolder] = []
        for entry in list.split(separator: ",") {
            let words = entry.split(separator: " ")
            guard words.count == 1, let folder = ObjectFolder(String(words[0])) else { return nil }
            folders.append(folder)
        }
        self.init(folders)
    }

    public func permits(_ folder: ObjectFolder) -> Bool { folders.contains { $0.contains(folder) } }

    public func permits(_ location: ObjectLocation) -> Bool { folders.contains { $0.contains(location) } }
}
