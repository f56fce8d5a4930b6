import Crypto

/// The SHA-256 of a token as four words.
struct TokenDigest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(of token: UnsafeRawBufferPointer) {
        words = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4) { room in
            SHA256.hash(token, into: UnsafeMutableRawPointer(room.baseAddress!).assumingMemoryBound(to: UInt8.self))
            return (room[0], room[1], room[2], room[3])
        }
    }

    /// By other bits than a table's own place is found with.
    func place(among count: Int) -> Int {
        Int(words.1 % UInt64(count))
    }

    static func == (one: TokenDigest, other: TokenDigest) -> Bool {
        one.words == other.words
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
