import Crypto
import Glibc

/// The key that signing keys are encrypted with, as a file of the gateway's own user. Made once; of several gateways that
/// start on one machine at the same time one makes it and the others read it.
enum KeyFile {
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    static let name = "key-encryption.key"

    /// Blocks.
    static func open(in dataFolder: String) throws(Unusable) -> SealingKey {
        let folder = dataFolder + "/gateway"
        try makeFolder(dataFolder)
        try makeFolder(folder)
        let path = "\(folder)/\(name)"
        if let key = try read(path) { return key }
        try make(path, in: folder)
        guard let key = try read(path) else { throw Unusable(description: "\(path) was removed while it was made") }
        return key
    }

    private static func makeFolder(_ path: String) throws(Unusable) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("cannot make the folder \(path)") }
    }

    /// Nil when there is none.
    private static func read(_ path: String) throws(Unusable) -> SealingKey? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot open \(path)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Unusable(description: "\(path) is no file")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Unusable(
                description: "\(path) can be read by others: expected a file of the gateway's user with mode 0600")
        }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("cannot read \(path)") }
        let text = String(decoding: bytes[..<count].filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let key = Base64.decode(text).flatMap({ SealingKey($0) }) else {
            throw Unusable(description: "\(path) holds no key: expected 32 bytes as Base64")
        }
        return key
    }

    /// Written whole under a name of its own, then linked, which succeeds for one alone.
    private static func make(_ path: String, in folder: String) throws(Unusable) {
        let draft = "\(path).\(Hex.encode(SecureRandom.bytes(8)))"
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot make \(path)") }
        defer { unlink(draft) }
        let text = Array((Base64.encode(SealingKey.generate().bytes) + "\n").utf8)
        let isWritten = write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten else { throw failure("cannot write \(path)") }
        guard link(draft, path) == 0 || errno == EEXIST else { throw failure("cannot make \(path)") }
        let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("cannot open \(folder)") }
        defer { close(directory) }
        guard fsync(directory) == 0 || errno == EINVAL else { throw failure("cannot write \(folder)") }
    }

    private static func failure(_ what: String) -> Unusable {
        Unusable(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
