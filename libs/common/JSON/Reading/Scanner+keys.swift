#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// RFC 8259 leaves open what an object means that names a member twice; readers differ, and attackers use the
/// difference. Such objects are refused, whether or not the type being decoded looks at them.
extension Scanner {
    /// Objects up to this size are checked with `fingerprint`, whose collisions an attacker can make but which cost
    /// him no more than this many comparisons a key; larger ones with the standard library's seeded hash.
    private static let smallObject: UInt32 = 32

    /// A cheap hash of a key's length, first eight and last eight bytes; equal keys have equal fingerprints.
    @inline(__always)
    func fingerprint(from start: Int, to end: Int) -> UInt32 {
        let length = end &- start
        var head = UnsafeRawPointer(text + start).loadUnaligned(as: UInt64.self).littleEndian
        var tail: UInt64 = 0
        if length < 8 {
            head &= (1 &<< (UInt64(truncatingIfNeeded: length) &* 8)) &- 1
        } else {
            tail = UnsafeRawPointer(text + end - 8).loadUnaligned(as: UInt64.self).littleEndian
        }
        let mixed = head ^ (tail &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: length)
        return UInt32(truncatingIfNeeded: (mixed &* 0xD6E8_FEB8_6659_FD93) &>> 32)
    }

    @inline(__always)
    mutating func refuseDuplicateKeys(in object: UInt32) throws(JSONError) {
        let members = tape[Int(object)].end
        guard members > 1 else { return }
        let duplicate =
            members <= Scanner.smallObject
            ? duplicateKey(in: object, slots: 64, hash: { UInt(truncatingIfNeeded: $0.link) })
            : duplicateKeyInLargeObject(object)
        if let duplicate { throw duplicateKeyFailure(duplicate) }
    }

    @inline(never)
    private func duplicateKeyInLargeObject(_ object: UInt32) -> Int? {
        let wanted = Int(tape[Int(object)].end) * 2
        let slots = 1 << (Int.bitWidth - wanted.leadingZeroBitCount)
        return duplicateKey(in: object, slots: slots) { key in
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(start: text + Int(key.start), count: key.length))
            return UInt(bitPattern: hasher.finalize())
        }
    }

    /// The first key that was there before, found with an open-addressed table of token indices.
    @inline(__always)
    private func duplicateKey(in object: UInt32, slots: Int, hash: (Token) -> UInt) -> Int? {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: slots) { table in
            table.initialize(repeating: 0)
            let mask = slots &- 1
            var index = Int(object) &+ 1
            for _ in 0..<tape[Int(object)].end {
                let key = tape[index]
                var slot = Int(truncatingIfNeeded: hash(key)) & mask
                while table[slot] != 0 {
                    let other = tape[Int(table[slot])]
                    if other.link == key.link, isSameText(other, key) { return index }
                    slot = (slot &+ 1) & mask
                }
                table[slot] = UInt32(truncatingIfNeeded: index)
                let value = index &+ 1
                index = tape[value].isContainer ? Int(tape[value].link) : value &+ 1
            }
            return nil
        }
    }

    private func isSameText(_ one: Token, _ other: Token) -> Bool {
        one.length == other.length && memcmp(text + Int(one.start), text + Int(other.start), one.length) == 0
    }
}
