extension ImageHeader {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Walks from chunk to chunk up to the first with pixels, or fails where it cannot follow.
    static func readPNG(_ bytes: HeaderBytes, maximumChunks: Int) throws(ImageError) -> ImageHeader {
        guard bytes.count >= signature.count else { throw .truncated }
        guard bytes.has(signature) else { throw .malformed("its signature was changed, as by a transfer as text") }
        var header = try imageHeaderChunk(bytes)
        var walk = ChunkWalk(bytes: bytes, next: signature.count + 25)
        for _ in 0..<maximumChunks {
            let chunk = try walk.chunk()
            switch chunk.type {
            case "IDAT":
                guard header.colours != .palette || walk.hasPalette else { throw .malformed("it has no palette") }
                return header
            case "IEND": throw .malformed("it has no pixels")
            case "IHDR": throw .malformed("it has two headers")
            case "PLTE": walk.hasPalette = true
            case "tRNS": header.hasAlpha = true
            case "acTL": header.isAnimated = true
            case "eXIf": header.orientation = Orientation(exif: bytes.part(chunk.content)) ?? .up
            default: break
            }
        }
        throw .tooLarge("it has more than \(maximumChunks) chunks before its pixels")
    }

    private struct ChunkWalk {
        let bytes: HeaderBytes
        var next: Int
        var hasPalette = false

        /// The next chunk; its content is known to be there, except for pixels.
        mutating func chunk() throws(ImageError) -> (type: String, content: Range<Int>) {
            guard let length = bytes.number(at: next, bytes: 4), next + 8 <= bytes.count else { throw .truncated }
            let name = next + 4..<next + 8
            guard length <= Int(Int32.max) else { throw .malformed("a chunk has an impossible length") }
            guard name.allSatisfy({ isLetter(bytes[$0]) }) else { throw .malformed("a chunk has no name") }
            let content = next + 8..<next + 8 + length
            let type = bytes.text(name)
            guard type == "IDAT" || content.upperBound + 4 <= bytes.count else { throw .truncated }
            next = content.upperBound + 4
            return (type, content)
        }

        private func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
    }

    private static func imageHeaderChunk(_ bytes: HeaderBytes) throws(ImageError) -> ImageHeader {
        let start = signature.count
        guard bytes.count >= start + 25 else { throw .truncated }
        guard bytes.text(start + 4..<start + 8) != "CgBI" else { throw .unsupported("a PNG of Apple's own kind") }
        guard
            bytes.number(at: start, bytes: 4) == 13, bytes.text(start + 4..<start + 8) == "IHDR",
            let width = bytes.number(at: start + 8, bytes: 4), let height = bytes.number(at: start + 12, bytes: 4),
            let checkSum = bytes.number(at: start + 21, bytes: 4)
        else { throw .malformed("it does not begin with its header") }
        guard UInt32(checkSum) == bytes.crc32(start + 4..<start + 21) else {
            throw .malformed("its header's check sum is wrong")
        }
        let sides = 1...Int(Int32.max)
        guard sides.contains(width), sides.contains(height) else { throw .malformed("\(width) x \(height) pixels") }
        let depth = Int(bytes[start + 16])
        guard let colours = colours(type: bytes[start + 17], depth: depth) else {
            throw .malformed("colour type \(bytes[start + 17]) with \(depth) bits")
        }
        guard bytes[start + 18] == 0, bytes[start + 19] == 0, bytes[start + 20] <= 1 else {
            throw .malformed("an unknown way of compression, filtering or interlacing")
        }
        return ImageHeader(
            format: .png, width: width, height: height, bitDepth: depth, colours: colours,
            hasAlpha: colours == .grayAlpha || colours == .rgba, isProgressive: bytes[start + 20] == 1)
    }

    private static func colours(type: UInt8, depth: Int) -> Colours? {
        switch (type, depth) {
        case (0, 1), (0, 2), (0, 4), (0, 8), (0, 16): .gray
        case (2, 8), (2, 16): .rgb
        case (3, 1), (3, 2), (3, 4), (3, 8): .palette
        case (4, 8), (4, 16): .grayAlpha
        case (6, 8), (6, 16): .rgba
        default: nil
        }
    }
}
