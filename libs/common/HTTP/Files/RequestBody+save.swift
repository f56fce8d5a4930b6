import Glibc
import Loop

extension RequestBody {
    /// Writes the body to a descriptor as it comes, on the blocking pool; answers its length.
    ///
    /// The next bytes are read from the client while nothing is waiting to be written, so memory stays at a few blocks;
    /// of a long body whose length is known all but the first do not even pass through it.
    @discardableResult
    public func save(to descriptor: Int32, upTo maximumBytes: Int, blocking: BlockingPool) async throws -> Int {
        var written = 0
        for try await block in try limited(to: maximumBytes) {
            try await blocking.run { try writeAll(block, to: descriptor) }
            written += block.count
            guard case .stream(let reader) = source, let rest = reader.value.remainingLength,
                rest >= Pipe.leastBytes, let pipe = Pipe()
            else { continue }
            while case let held = try await reader.value.fill(pipe), held > 0 {
                try await blocking.run { try pipe.drain(held, to: descriptor) }
                written += held
            }
        }
        return written
    }
}

/// A file could not be written.
public struct FileWriteError: ServiceErrorConvertible {
    public let code: Int32

    public var serviceError: ServiceError {
        code == ENOSPC || code == EDQUOT
            ? ServiceError(.insufficientStorage, "storage_full", "there is no room to store this", cause: self)
            : ServiceError(.internalServerError, "internal_error", "something went wrong on our side", cause: self)
    }
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(FileWriteError) {
    var offset = 0
    while offset < bytes.count {
        let count = bytes.withUnsafeBytes {
            write(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset)
        }
        if count < 0 {
            if errno == EINTR { continue }
            throw FileWriteError(code: errno)
        }
        offset += count
    }
}
