/// Headers of JPEG by hand.
enum JPEGMaker {
    static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        [0xff, marker, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
    }

    static func frame(
        _ marker: UInt8 = 0xc0, _ width: Int, _ height: Int, components: [UInt8] = [1, 2, 3], depth: UInt8 = 8
    ) -> [UInt8] {
        let sides = [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)]
        return segment(marker, [depth] + sides + [UInt8(components.count)] + components.flatMap { [$0, 0x11, 0] })
    }

    static func adobe(transform: UInt8) -> [UInt8] {
        segment(0xee, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, transform])
    }

    /// An orientation as a TIFF block of one or the other order of bytes.
    static func exif(_ orientation: Int, bigEndian: Bool, type: Int = 3) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return bigEndian ? bytes.reversed() : bytes
        }
        let value = type == 3 ? number(orientation, 2) + [0, 0] : number(orientation, 4)
        return Array((bigEndian ? "MM" : "II").utf8) + number(42, 2) + number(8, 4) + number(2, 2)
            + number(0x010f, 2) + number(2, 2) + number(4, 4) + Array("Us\0\0".utf8)
            + number(0x0112, 2) + number(type, 2) + number(1, 4) + value
            + number(0, 4)
    }
}
