/// Where a token is looked for among those that are remembered. Only tokens that held are there, and that two are the same
/// is told by their bytes, so this has to be quick and no more.
struct TokenFingerprint: Hashable, Sendable {
    private static let seed = UInt64.random(in: .min ... .max)

    private let bits: UInt64

    init(of token: UnsafeRawBufferPointer) {
        var bits = Self.seed ^ UInt64(token.count)
        var index = 0
        while index &+ 8 <= token.count {
            Self.mix(token.loadUnaligned(fromByteOffset: index, as: UInt64.self), into: &bits)
            index &+= 8
        }
        while index < token.count {
            Self.mix(UInt64(token[index]), into: &bits)
            index &+= 1
        }
        self.bits = bits
    }

    @inline(__always)
    private static func mix(_ word: UInt64, into bits: inout UInt64) {
        bits = (bits ^ word) &* 0x9e37_79b9_7f4a_7c15
        bits ^= bits >> 32
    }

    /// By other bits than a table's own place is found with.
    func place(among count: Int) -> Int {
        Int((bits >> 32) % UInt64(count))
    }
}
