import Glibc

/// A regular file, open for reading as long as this lives.
struct ImageFile: ~Copyable {
    private let descriptor: Int32
    let count: Int

    init(path: String) throws(ImageError) {
        // Without waiting: to open a pipe for reading may take for ever.
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { throw .unreadable(errno: errno) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .unreadable(errno: EINVAL)
        }
        descriptor = opened
        count = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    func wholeBytes(limits: ImageLimits) throws(ImageError) -> [UInt8] {
        try limits.checkEncoded(count: count)
        return try bytes(count)
    }

    /// The first bytes: as many, or as there are.
    func bytes(_ wanted: Int) throws(ImageError) -> [UInt8] {
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: min(wanted, count)) { buffer, filled in
            let wanted = min(wanted, count)
            while filled < wanted {
                let got = pread(descriptor, buffer.baseAddress! + filled, wanted - filled, filled)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        if let failure { throw .unreadable(errno: failure) }
        return bytes
    }
}

extension ImageHeader {
    /// Reads the header of a file, and of the file only as much as that takes.
    public static func read(path: String, limits: ImageLimits = ImageLimits()) throws(ImageError) -> ImageHeader {
        let file = try ImageFile(path: path)
        var wanted = min(64 << 10, limits.maximumHeaderBytes)
        while true {
            let prefix = try file.bytes(wanted)
            do throws(ImageError) {
                return try read(prefix, limits: limits)
            } catch .truncated where prefix.count == wanted && wanted < limits.maximumHeaderBytes {
                wanted = min(wanted * 4, limits.maximumHeaderBytes)
            }
        }
    }
}
