import CLinux
import Glibc
import Loop

/// A file without a name that nobody else can open; its space is freed with the last reference to it.
public final class TemporaryFile: Sendable {
    public let descriptor: Int32

    /// Blocks; called on the blocking pool.
    init(in directory: String) throws(FileWriteError) {
        descriptor = clinux_temporary_file(directory)
        guard descriptor >= 0 else { throw FileWriteError(code: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Up to `count` bytes from `offset` on; fewer only at the end. Blocks.
    public func read(at offset: Int, upTo count: Int) throws(LoopError) -> [UInt8] {
        var failure: LoopError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failure = LoopError(operation: "pread", code: errno)
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
