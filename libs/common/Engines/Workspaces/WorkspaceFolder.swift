import Glibc

/// A workspace on disk: a folder, and beside it a lock file that is held for as long as its process lives. The kernel
/// lets go of the lock with the process, so that a folder without a holder is known to be left over.
struct WorkspaceFolder {
    static let prefix = "engine-"
    static let lockSuffix = ".lock"
    static let idLength = 32

    let path: String
    private let lock: Int32

    static func lockPath(of path: String) -> String { path + lockSuffix }

    /// Makes a new one below `root`, which is made when it is not there.
    static func create(in root: String) throws(SystemFailure) -> WorkspaceFolder {
        try makeRoot(root)
        while true {
            var random = SystemRandomNumberGenerator()
            let halves = (0..<2).map { _ in String(random.next(), radix: 16) }
            let id = halves.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined()
            let path = "\(root)/\(prefix)\(id)"
            // First the lock: a folder that is seen without a holder is one to be removed.
            guard let lock = try hold(path, isNew: true) else { continue }
            guard mkdir(path, 0o700) == 0 else {
                let failure = SystemFailure("mkdir")
                WorkspaceFolder(path: path, lock: lock).release(isRemoved: true)
                throw failure
            }
            return WorkspaceFolder(path: path, lock: lock)
        }
    }

    /// Takes over one whose process is gone; nil when it is in use.
    static func takeOver(_ path: String) throws(SystemFailure) -> WorkspaceFolder? {
        try hold(path, isNew: false).map { WorkspaceFolder(path: path, lock: $0) }
    }

    /// Removes the folder with all it holds, then lets go of the lock.
    func remove() throws(SystemFailure) {
        do throws(SystemFailure) {
            try TreeRemoval.remove(path)
        } catch {
            // The next sweep tries again.
            release(isRemoved: false)
            throw error
        }
        release(isRemoved: true)
    }

    private func release(isRemoved: Bool) {
        if isRemoved { unlink(Self.lockPath(of: path)) }
        close(lock)
    }

    private static func hold(_ path: String, isNew: Bool) throws(SystemFailure) -> Int32? {
        let name = lockPath(of: path)
        let lock = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (isNew ? O_EXCL : 0), 0o600)
        guard lock >= 0 else { throw SystemFailure("open") }
        var held = stat()
        var named = stat()
        // Whoever held it before may have removed it between the opening and the lock.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, fstat(lock, &held) == 0, lstat(name, &named) == 0,
            held.st_ino == named.st_ino, held.st_dev == named.st_dev, held.st_uid == geteuid()
        else {
            close(lock)
            return nil
        }
        return lock
    }

    private static func makeRoot(_ root: String) throws(SystemFailure) {
        var end = root.startIndex
        while end != root.endIndex {
            end = root[end...].dropFirst().firstIndex(of: "/") ?? root.endIndex
            if mkdir(String(root[..<end]), 0o700) != 0, errno != EEXIST, end == root.endIndex {
                throw SystemFailure("mkdir")
            }
        }
        var found = stat()
        guard lstat(root, &found) == 0 else { throw SystemFailure("lstat") }
        // What others may write to is not private.
        guard found.st_mode & S_IFMT == S_IFDIR, found.st_uid == geteuid(), found.st_mode & 0o022 == 0 else {
            throw SystemFailure("open", code: EPERM)
        }
    }
}
