import Glibc

/// Tells whether a program ended for want of memory.
enum OutOfMemory {
    /// What allocators, runtimes and CUDA write before they give up.
    private static let signs = [
        "MemoryError", "std::bad_alloc", "Cannot allocate memory", "CUDA out of memory", "OutOfMemoryError",
        "out of memory", "Out of memory", "CUDA_ERROR_OUT_OF_MEMORY", "cudaErrorMemoryAllocation",
    ]

    /// A program may say such words and succeed, so only a failed one is asked.
    static func isTold(by tail: String) -> Bool {
        let bytes = Array(tail.utf8)
        return signs.contains { bytes.contains(Array($0.utf8)) }
    }

    /// How many processes the kernel has killed for memory since it started.
    static func kernelKills() -> Int? {
        let file = open("/proc/vmstat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var block = [UInt8](repeating: 0, count: 32 << 10)
        let count = read(file, &block, block.count)
        guard count > 0 else { return nil }
        let line = block[..<count].split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "oom_kill ".utf8) }
        return line.flatMap { Int(String(decoding: $0.dropFirst(9), as: UTF8.self)) }
    }
}
