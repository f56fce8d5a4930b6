import Glibc

/// The environment that this process was started with.
public enum ProcessEnvironment {
    /// Read from the kernel and not from `environ`, which any library may change at any time.
    public static func current() -> [String: String] {
        let descriptor = open("/proc/self/environ", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [:] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let chunk = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                count = max(read(descriptor, buffer.baseAddress, buffer.count), 0)
            }
            if chunk.isEmpty { return parse(bytes) }
            bytes += chunk
        }
    }

    /// `NAME=value`, each ended by a zero byte; of two with the same name the first holds, as with `getenv`.
    package static func parse(_ bytes: [UInt8]) -> [String: String] {
        var variables: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let separator = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<separator], as: UTF8.self)
            if variables[name] == nil {
                variables[name] = String(decoding: entry[entry.index(after: separator)...], as: UTF8.self)
            }
        }
        return variables
    }
}
