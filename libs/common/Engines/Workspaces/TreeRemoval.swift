import CLinux
import Glibc

/// Removes a folder with everything in it. Links are removed, never followed; folders that are closed to their owner are
/// opened.
///
/// A folder within is first moved to the top, so that no depth costs descriptors or stack, and no path grows too long.
struct TreeRemoval {
    private static let movedPrefix = ".removing-"
    /// New names may show up in a listing that is under way, so it is begun anew until it comes out empty.
    private static let maximumPasses = 1 << 20

    private let top: Int32
    private var moved = 0

    /// A folder that is not there is no error.
    static func remove(_ path: String) throws(SystemFailure) {
        let top = try openFolder(AT_FDCWD, path.utf8CString.map { $0 })
        guard let top else { return }
        defer { close(top) }
        var removal = TreeRemoval(top: top)
        for _ in 0..<maximumPasses {
            if try removal.empty(top, isTop: true) { break }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw SystemFailure("rmdir") }
    }

    private init(top: Int32) {
        self.top = top
    }

    /// Removes what is in a folder, or moves it to the top; true when nothing was there.
    private mutating func empty(_ folder: Int32, isTop: Bool) throws(SystemFailure) -> Bool {
        let listing = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listing >= 0, let names = DirectoryNames(listing) else { throw SystemFailure("opendir") }
        var isEmpty = true
        for name in names {
            isEmpty = false
            if unlinkat(folder, name, 0) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM || errno == EACCES else { throw SystemFailure("unlink") }
            if unlinkat(folder, name, AT_REMOVEDIR) == 0 { continue }
            guard let inner = try Self.openFolder(folder, name) else { continue }
            defer { close(inner) }
            if isTop {
                _ = try empty(inner, isTop: false)
                guard unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY || errno == EEXIST else {
                    throw SystemFailure("rmdir")
                }
            } else {
                try moveToTop(folder, name)
            }
        }
        return isEmpty
    }

    private mutating func moveToTop(_ folder: Int32, _ name: [CChar]) throws(SystemFailure) {
        repeat {
            moved += 1
        } while faccessat(top, Self.movedPrefix + String(moved), F_OK, AT_SYMLINK_NOFOLLOW) == 0
        guard renameat(folder, name, top, Self.movedPrefix + String(moved)) == 0 else { throw SystemFailure("rename") }
    }

    /// Nil when it is not there. Its owner may do anything with it afterwards.
    private static func openFolder(_ parent: Int32, _ name: [CChar]) throws(SystemFailure) -> Int32? {
        let pinned = clinux_pin_folder(parent, name)
        guard pinned >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemFailure("open")
        }
        defer { close(pinned) }
        var found = stat()
        guard fstat(pinned, &found) == 0 else { throw SystemFailure("stat") }
        let isOpen = found.st_mode & 0o700 == 0o700
        // Through the descriptor, so that it is this folder and nothing that took its name.
        if !isOpen, chmod("/proc/self/fd/\(pinned)", 0o700) != 0 { throw SystemFailure("chmod") }
        let folder = openat(pinned, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw SystemFailure("open") }
        return folder
    }
}
