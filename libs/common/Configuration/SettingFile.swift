import Glibc

/// Reads the small files in which orchestrators hand out secrets.
public enum SettingFile {
    public struct Failure: Error {
        public let reason: String

        public init(reason: String) { self.reason = reason }
    }

    static let maximumBytes = 64 * 1024

    public static func read(_ path: String) throws(Failure) -> String {
        // Not blocking: the path may be that of a pipe that nobody writes to.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(reason: "cannot be opened (\(String(cString: strerror(errno))))") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let result = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
            }
            if result == 0 { break }
            guard result > 0 else { throw Failure(reason: "cannot be read (\(String(cString: strerror(errno))))") }
            count += result
        }
        guard count <= maximumBytes else { throw Failure(reason: "holds more than \(maximumBytes) bytes") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw Failure(reason: "does not hold UTF-8 text")
        }
        return text
    }
}
