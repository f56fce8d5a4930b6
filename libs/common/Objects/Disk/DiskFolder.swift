import CLinux
import Glibc

/// An open folder. What is in it is reached by name from its descriptor, so no link on the way is ever followed.
final class DiskFolder: Sendable {
    struct Entry {
        let name: String
        let isFolder: Bool
    }

    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    private static let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC

    /// A folder that the operator named: links in its path are his own business. Made when it is not there.
    static func root(_ path: String) throws(ObjectError) -> DiskFolder {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .file("mkdir", errno) }
        let descriptor = open(path, flags)
        guard descriptor >= 0 else { throw .file("open", errno) }
        return DiskFolder(descriptor: descriptor)
    }

    /// The folder that one of the operator's is in.
    static func makeParent(of path: String) throws(ObjectError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        if mkdir(String(path[..<slash]), 0o700) != 0, errno != EEXIST { throw .file("mkdir", errno) }
    }

    /// Nil when there is none.
    func folder(_ name: String) throws(ObjectError) -> DiskFolder? {
        let descriptor = openat(descriptor, name, Self.flags | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw .file("openat", errno) }
        return DiskFolder(descriptor: descriptor)
    }

    func madeFolder(_ name: String) throws(ObjectError) -> DiskFolder {
        if let folder = try folder(name) { return folder }
        if mkdirat(descriptor, name, 0o700) == 0 {
            try synchronise()
        } else if errno != EEXIST {
            throw .file("mkdirat", errno)
        }
        guard let folder = try folder(name) else { throw .file("mkdirat", ENOENT) }
        return folder
    }

    /// Nil when one of them is not there.
    func folder(_ names: [String]) throws(ObjectError) -> DiskFolder? {
        var folder = self
        for name in names {
            guard let next = try folder.folder(name) else { return nil }
            folder = next
        }
        return folder
    }

    func madeFolder(_ names: [String]) throws(ObjectError) -> DiskFolder {
        var folder = self
        for name in names { folder = try folder.madeFolder(name) }
        return folder
    }

    /// A regular file, for reading; nil when there is none.
    func file(_ name: String) throws(ObjectError) -> DiskFile? {
        let descriptor = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw .file("openat", errno) }
        let file = DiskFile(descriptor: descriptor)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw .file("openat", EINVAL) }
        return file
    }

    func madeFile(_ name: String, exclusively: Bool = true) throws(ObjectError) -> DiskFile {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (exclusively ? O_EXCL : 0)
        let descriptor = openat(descriptor, name, flags, 0o600)
        guard descriptor >= 0 else { throw .file("openat", errno) }
        return DiskFile(descriptor: descriptor)
    }

    /// Replaces what has the new name. False when either folder is gone.
    func move(_ name: String, to folder: DiskFolder, _ newName: String) throws(ObjectError) -> Bool {
        if renameat(descriptor, name, folder.descriptor, newName) == 0 { return true }
        if errno == ENOENT { return false }
        throw .file("renameat", errno)
    }

    /// Gives a file a second name.
    func link(_ name: String, in folder: DiskFolder, _ newName: String) throws(ObjectError) {
        guard linkat(descriptor, name, folder.descriptor, newName, 0) == 0 else { throw .file("linkat", errno) }
    }

    /// What is not there counts as removed.
    func remove(_ name: String) throws(ObjectError) {
        if unlinkat(descriptor, name, 0) != 0, errno != ENOENT { throw .file("unlinkat", errno) }
    }

    /// Answers whether it was empty and is gone.
    func removeFolder(_ name: String) -> Bool {
        unlinkat(descriptor, name, Int32(AT_REMOVEDIR)) == 0 || errno == ENOENT
    }

    func entries() throws(ObjectError) -> [Entry] {
        let copy = openat(descriptor, ".", Self.flags)
        guard copy >= 0 else { throw .file("openat", errno) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw .file("fdopendir", errno)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            guard let name = String(validatingCString: clinux_entry_name(entry)), name != ".", name != ".." else {
                continue
            }
            guard let isFolder = try isFolder(name, kind: Int(entry.pointee.d_type)) else { continue }
            entries.append(Entry(name: name, isFolder: isFolder))
        }
        return entries
    }

    /// Nil when it is gone by now. Not every file system says in its entries what they are.
    func isFolder(_ name: String, kind: Int) throws(ObjectError) -> Bool? {
        guard kind == Int(DT_UNKNOWN) else { return kind == Int(DT_DIR) }
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw .file("fstatat", errno)
        }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    func status() throws(ObjectError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file("fstat", errno) }
        return status
    }

    func synchronise() throws(ObjectError) {
        // Some file systems have nothing to do for a folder and say so.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw .file("fsync", errno) }
    }
}
