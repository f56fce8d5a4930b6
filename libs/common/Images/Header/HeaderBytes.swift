/// Bytes of a header, read with checked bounds. It must not outlive the memory that it looks at.
struct HeaderBytes {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }

    subscript(_ index: Int) -> UInt8 {
        precondition(index >= 0 && index < bytes.count)
        return bytes[index]
    }

    /// An unsigned number of a few bytes; nil where they are not all there.
    func number(at offset: Int, bytes count: Int, bigEndian: Bool = true) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        var number = 0
        for index in 0..<count {
            number = number << 8 | Int(bytes[offset + (bigEndian ? index : count - 1 - index)])
        }
        return number
    }

    func has(_ expected: [UInt8], at offset: Int = 0) -> Bool {
        guard offset <= bytes.count - expected.count else { return false }
        return expected.indices.allSatisfy { bytes[offset + $0] == expected[$0] }
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
    }

    func part(_ range: Range<Int>) -> HeaderBytes {
        HeaderBytes(UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<bytes.count)]))
    }

    /// The check sum of PNG chunks. Bit by bit: it is only ever asked for a few bytes.
    func crc32(_ range: Range<Int>) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes[range] {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xedb8_8320 }
        }
        return ~sum
    }
}
