import Glibc
import Loop

extension ClientBody {
    private static let fileBlockBytes = 256 * 1024

    /// A regular file, read on `blocking` as it is sent. A file that turns out shorter than it was fails the request;
    /// what was appended meanwhile is not sent.
    public static func file(_ path: String, blocking: BlockingPool) async throws -> ClientBody {
        let file = try await blocking.run { try FileForUpload(path) }
        return ClientBody(
            source: .stream(length: file.count) { sink in
                var offset = 0
                while offset < file.count {
                    let (start, count) = (offset, min(fileBlockBytes, file.count - offset))
                    let block = try await blocking.run { try file.read(at: start, count) }
                    guard !block.isEmpty else { return }
                    try await sink.value.write(block)
                    offset += block.count
                }
            })
    }
}

private final class FileForUpload: Sendable {
    let count: Int
    private let descriptor: Int32

    init(_ path: String) throws(LoopError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw LoopError(operation: "open", code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw LoopError(operation: "open", code: EINVAL)
        }
        count = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// Empty at the end of the file.
    func read(at offset: Int, _ count: Int) throws(LoopError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            while got < 0, errno == EINTR { got = pread(descriptor, buffer.baseAddress, count, off_t(offset)) }
            if got < 0 { failure = errno }
            filled = max(got, 0)
        }
        if failure != 0 { throw LoopError(operation: "pread", code: failure) }
        return bytes
    }
}
