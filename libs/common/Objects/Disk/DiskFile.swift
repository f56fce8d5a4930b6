import CLinux
import Glibc

/// An open regular file. Closed when nobody holds it any more.
final class DiskFile: Sendable {
    let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// A link at the end of the path is not followed.
    static func open(_ path: String) throws(ObjectError) -> DiskFile {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT ? .notFound : .file("open", errno) }
        let file = DiskFile(descriptor: descriptor)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw .file("open", EINVAL) }
        return file
    }

    /// A file that is not there yet.
    static func create(_ path: String) throws(ObjectError) -> DiskFile {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file("create", errno) }
        return DiskFile(descriptor: descriptor)
    }

    func status() throws(ObjectError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file("fstat", errno) }
        return status
    }

    func size() throws(ObjectError) -> Int { Int(try status().st_size) }

    /// Up to `count` bytes; empty at the end of the file.
    func read(at offset: Int, _ count: Int) throws(ObjectError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        if failure != 0 { throw .file("pread", failure) }
        return bytes
    }

    func append(_ bytes: [UInt8]) throws(ObjectError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, bytes.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file("write", errno) }
            written += count
        }
    }

    /// Copies all of another file to the end of this one, within the kernel where it can; answers its length.
    func append(contentsOf other: DiskFile) throws(ObjectError) -> Int {
        let size = try other.size()
        var offset: Int64 = 0
        while offset < size {
            let count = clinux_copy_file(other.descriptor, offset, descriptor, size - Int(offset))
            if count < 0, errno == EINTR { continue }
            if count < 0, [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) {
                let block = try other.read(at: Int(offset), 1 << 20)
                guard !block.isEmpty else { break }
                try append(block)
                offset += Int64(block.count)
                continue
            }
            guard count >= 0 else { throw .file("copy_file_range", errno) }
            guard count > 0 else { break }
            offset += Int64(count)
        }
        guard offset == size else { throw .file("copy", EIO) }
        return size
    }

    /// Keeps others out until the file is closed; false when somebody has it and `waits` is not set.
    func lock(waits: Bool) throws(ObjectError) -> Bool {
        while flock(descriptor, LOCK_EX | (waits ? 0 : LOCK_NB)) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return false }
            throw .file("flock", errno)
        }
        return true
    }

    func synchronise() throws(ObjectError) {
        guard fsync(descriptor) == 0 else { throw .file("fsync", errno) }
    }
}

extension ObjectError {
    static func file(_ operation: String, _ code: Int32) -> ObjectError {
        switch code {
        case ENOSPC, EDQUOT: .storageFull
        case ENAMETOOLONG: .invalidKey("it is too long for the disk")
        default: .fileFailed(operation: operation, code: code)
        }
    }
}
