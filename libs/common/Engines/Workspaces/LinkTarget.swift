import Glibc

/// What a symbolic link points to; empty when it cannot be read.
func linkTarget(_ path: String) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { block in
        guard let start = block.baseAddress else { return [] }
        let count = readlink(path, start.assumingMemoryBound(to: CChar.self), block.count)
        return Array(block[..<max(0, count)])
    }
}
