/// PNG by hand: chunks, and pixels in stored blocks, so that a test can say every byte.
enum PNGMaker {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    static func chunk(_ type: String, _ content: [UInt8] = []) -> [UInt8] {
        let named = Array(type.utf8) + content
        return big(content.count) + named + big(Int(crc32(named)))
    }

    static func header(_ width: Int, _ height: Int, depth: Int = 8, type: UInt8 = 0, interlaced: Bool = false)
        -> [UInt8]
    {
        chunk("IHDR", big(width) + big(height) + [UInt8(depth), type, 0, 0, interlaced ? 1 : 0])
    }

    static func pixels(_ rows: [[UInt8]]) -> [UInt8] {
        chunk("IDAT", stored(rows.flatMap { [0] + $0 }))
    }

    /// A gray picture with these chunks before and after its pixels.
    static func gray(_ rows: [[UInt8]], before: [UInt8] = [], after: [UInt8] = []) -> [UInt8] {
        signature + header(rows[0].count, rows.count) + before + pixels(rows) + after + chunk("IEND")
    }

    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            stream += [rest.isEmpty ? 1 : 0] + little(count) + little(~count) + block
        } while !rest.isEmpty
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + big(Int(b << 16 | a))
    }

    static func big(_ number: Int) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func little(_ number: UInt16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)]
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xedb8_8320 }
        }
        return ~sum
    }
}
