import Crypto

extension DiskFile {
    private static let hashedBytes = 1 << 20

    /// SHA-256 of a range, read again from the start of it.
    func hash(_ range: Range<Int>) throws(ObjectError) -> [UInt8] {
        var hash = SHA256()
        var offset = range.lowerBound
        while offset < range.upperBound {
            let block = try read(at: offset, min(Self.hashedBytes, range.upperBound - offset))
            guard !block.isEmpty else { throw .file("read", 5) }
            hash.update(block)
            offset += block.count
        }
        return hash.finish()
    }
}
