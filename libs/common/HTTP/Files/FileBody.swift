import Glibc
import Loop

/// An open file, or a part of one, as a response's body; sent by the kernel without passing through our memory.
public final class FileBody: Sendable {
    let descriptor: Int32
    public let offset: Int64
    public let count: Int

    /// Takes over the descriptor.
    init(descriptor: Int32, offset: Int64, count: Int) {
        self.descriptor = descriptor
        self.offset = offset
        self.count = count
        posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_SEQUENTIAL)
    }

    deinit {
        close(descriptor)
    }
}
